import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]


@pytest.fixture
def run(asterism: Command, fruit: Path) -> Path:
    assert asterism("run", "spec.yaml", "--quiet", "--out", "fitted").code == 0
    (fruit / "new.csv").write_text("id,body\n7,a red apple\n8,blue blue sky\n")
    return fruit / "fitted"


def test_a_model_is_applied_to_new_data(asterism: Command, run: Path) -> None:
    done = asterism("apply", "fitted", "new.csv")
    assert done.code == 0
    assert done.out.startswith("fruit: 2 text records\n")
    assert done.out.endswith("written to runs/fruit-apply\n")
    fitted = dict(zip(*columns("fitted"), strict=True))
    ids, groups = columns("runs/fruit-apply")
    assert ids == ["7", "8"]
    assert groups == [fitted["1"], fitted["6"]]


def columns(folder: str) -> tuple[list[str], list[int]]:
    table = pq.read_table(Path(folder) / "records.parquet").to_pydict()
    return table["id"], table["groups"]


def test_json_names_the_folder(asterism: Command, run: Path) -> None:
    done = asterism("apply", "fitted/model", "new.csv", "--json", "--out", "applied")
    reused = {"tfidf": 0, "groups": 0}
    about = {"records": 2, "quarantined": 0, "reused": reused, "cache": "runs/.cache"}
    found = json.loads(done.out)
    assert set(found.pop("metrics")) <= {"groups"}
    assert found == {"folder": "applied", **about, "notes": {}, "problems": []}
    assert (done.code, done.err) == (0, "")


def test_a_changed_model_is_bad_input(asterism: Command, run: Path) -> None:
    path = run / "model" / "groups.json"
    path.write_text(path.read_text() + " ")
    done = asterism("apply", "fitted", "new.csv")
    assert (done.code, done.out) == (2, "")
    assert done.err == "fitted/model/groups.json: was changed after the model was saved\n"
    assert not Path("runs/fruit-apply").exists()


def test_what_is_no_model_is_bad_input(asterism: Command, fruit: Path) -> None:
    done = asterism("apply", ".", "table.csv")
    assert (done.code, done.err) == (2, ".: is no saved model: it has no manifest.json\n")


def test_input_that_is_not_there_is_bad_input(asterism: Command, run: Path) -> None:
    done = asterism("apply", "fitted", "nwe.csv")
    assert (done.code, done.err) == (2, "nwe.csv: no such file or folder; did you mean 'new.csv'?\n")
    assert not Path("runs/fruit-apply").exists()


def test_input_with_other_columns_is_read_as_set_says(asterism: Command, run: Path) -> None:
    Path("bare.csv").write_text("words\na red apple\nblue blue sky\n")
    done = asterism("apply", "fitted", "bare.csv", "--set", "source.id=null", "--set", "source.column=words", "--out", "applied")
    assert (done.code, columns("applied")[0]) == (0, ["0", "1"])


def test_only_the_source_of_a_fitted_model_can_be_changed(asterism: Command, run: Path) -> None:
    done = asterism("apply", "fitted", "new.csv", "--set", "stages.groups.n_clusters=3")
    message = "the stages are fitted, only source.FIELD can be changed; run the spec anew for anything else"
    assert (done.code, done.err) == (2, f"--set stages.groups.n_clusters=3: {message}\n")


def test_misspelt_field_of_the_source_is_bad_input(asterism: Command, run: Path) -> None:
    done = asterism("apply", "fitted", "new.csv", "--set", "source.colum=body")
    assert done.code == 2
    assert "source (modality/asterism:text): colum: is unknown; did you mean 'column'?" in done.err
