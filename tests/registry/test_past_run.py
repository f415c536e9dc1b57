import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import Component, ModelError, Ranking, Result, Stage
from asterism.registry.past_run import open_run, shared_rows
from asterism.registry.past_values import PastValues
from asterism.registry.table import write_table

Past = Callable[..., Path]


VALUES = {
    "groups": ("labels", np.array([1, -1])),
    "odd": ("scores", np.array([1.0, 2.0])),
    "grades": ("grades", np.array([3, 4])),
    "map": ("matrix", np.array([[1, 2], [3, 4]], np.float32)),
    "svd": ("matrix", np.ones((2, 3), np.float32)),
    "empty": ("matrix", np.zeros((2, 0), np.float32)),
    "tfidf": ("matrix", csr_matrix(np.array([[0, 1.5, 0], [2, 0, 0]], np.float32))),
    "tags": ("tags", [["x"], []]),
    "next": ("ranking", Ranking(np.array([[0], [1]]), np.ones((2, 1), np.float32), ["p", "q"])),
    "made": ("items", ["x", "y", "z"]),
}


class Counting(Component):
    """Has a further column of whole numbers."""

    kind = "counting"

    def columns(self, value: Any) -> dict[str, Any]:
        return {"count": np.arange(len(value))} if isinstance(value, np.ndarray) else {}


def write(folder: Path, values: dict[str, tuple[str, Any]], targets: list[str] | None = None) -> None:
    result = Result(None, ["a", "b"], targets)
    for name, (gives, value) in values.items():
        result.values[name] = value
        result.stages[name] = Stage(name, type("Made", (Counting,), {"gives": gives})())
    write_table(result, folder / "records.parquet")


def test_of_all_that_a_table_can_hold_only_groups_are_taken_for_groups(past: Past) -> None:
    folder = past("run", groups={"a": 0})
    write(folder, VALUES, ["1", "2"])
    run = open_run(folder)
    assert run.stages == ("groups",)
    assert run.giving("scores") == ("odd",)
    assert run.ids().to_pylist() == ["a", "b"]
    assert run.targets() == ["1", "2"]
    assert run.labels("groups").tolist() == [1, -1]


def test_groups_are_found_whose_column_had_to_have_another_name(past: Past) -> None:
    folder = past("run", groups={"a": 0})
    write(folder, {"m": VALUES["map"], "m_x": VALUES["groups"]})
    assert open_run(folder).labels("m_x").tolist() == [1, -1]
    assert open_run(folder).targets() is None


def test_in_a_table_that_does_not_say_what_is_what_whole_numbers_are_groups(past: Past) -> None:
    assert open_run(past("old", groups={"a": 0}, columns={"odd": [0.5]})).stages == ("groups",)


def test_values_come_back_as_they_were(past: Past) -> None:
    folder = past("run", groups={"a": 0})
    write(folder, VALUES)
    values = PastValues(open_run(folder))
    assert list(values) == ["groups", "odd", "grades", "map", "svd", "empty", "tfidf", "tags"]
    assert len(values) == 8
    assert values["tags"] == [["x"], []]
    assert values["tfidf"].dtype == np.float32
    assert values["tfidf"].shape == (2, 3)
    for name in ("groups", "odd", "grades", "map", "svd", "empty"):
        np.testing.assert_array_equal(values[name], VALUES[name][1], strict=True)
    np.testing.assert_array_equal(values["tfidf"].toarray(), VALUES["tfidf"][1].toarray(), strict=True)
    assert "next" not in values


def test_values_of_many_groups_of_rows_come_back_as_they_were(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterism.registry.table.GROUP_BYTES", 1)
    folder, rows = past("run", groups={"a": 0}), np.arange(2100, dtype=np.float32).reshape(700, 3)
    values = {"dense": rows, "sparse": csr_matrix(rows * (rows % 5 == 0)), "map": rows[:, :2], "groups": np.arange(700)}
    result = Result(None, [str(row) for row in range(700)], values=values)
    result.stages = {name: Stage(name, type("Made", (Component,), {"gives": "any", "kind": "any"})()) for name in values}
    write_table(result, folder / "records.parquet")
    found = PastValues(open_run(folder))
    for name in ("dense", "map", "groups"):
        np.testing.assert_array_equal(found[name], values[name], strict=True)
    np.testing.assert_array_equal(found["sparse"].toarray(), values["sparse"].toarray(), strict=True)


def test_stages_whose_names_begin_alike_are_kept_apart(past: Past) -> None:
    run = open_run(past("run", columns={"a": [[1.0]]}, **{"a.b": {"x": 4}, "a.c": {"x": 5}}))
    assert (run.labels("a.b").tolist(), run.labels("a.c").tolist()) == ([4], [5])


def test_shared_records_are_found_wherever_they_stand() -> None:
    rows, places = shared_rows(pa.array(["a", "b", "c"], pa.large_string()), pa.array(["c", "x", "a"], pa.large_string()))
    assert (rows.tolist(), places.tolist()) == ([0, 2], [2, 0])


def test_what_is_no_run_is_refused(here: Path, past: Past) -> None:
    Path("empty").mkdir()
    with pytest.raises(ModelError, match=r"^empty: is not the folder of a run: it has no records.parquet$"):
        open_run(Path("empty"))
    with pytest.raises(ModelError, match=r"^far/away: there is no such folder$"):
        open_run(Path("far/away"))
    folder = past("foreign", groups={"a": 0})
    pq.write_table(pa.table({"x": [1]}), folder / "records.parquet")
    with pytest.raises(ModelError, match=r"^foreign/records.parquet: is no table of a run: it has no column 'id'$"):
        open_run(folder)


@pytest.mark.parametrize("missing", ["records.parquet", "metrics.json"])
def test_a_run_that_did_not_end_is_refused(past: Past, missing: str) -> None:
    folder = past("run", groups={"a": 0})
    (folder / "events.jsonl").touch()
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=rf"^run: the run did not come to its end: it has no {missing}; start it again$"):
        open_run(folder)


@pytest.mark.parametrize("state", ["running", "failed", "cancelled"])
def test_a_run_that_says_that_it_is_not_complete_is_refused(past: Past, state: str) -> None:
    folder = past("run", groups={"a": 0})
    (folder / "run.json").write_text(json.dumps({"format": 1, "state": state}))
    with pytest.raises(ModelError, match=rf"^run: the run did not come to its end, it is {state}; start it again, and it goes on$"):
        open_run(folder)


def test_a_table_that_was_cut_off_is_refused(past: Past) -> None:
    path = past("run", groups={str(row): row for row in range(1000)}) / "records.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"^run/records.parquet: cannot be read: "):
        open_run(path.parent)


def test_a_table_that_is_damaged_inside_is_refused(past: Past) -> None:
    path = past("run", groups={str(row): row for row in range(1000)}) / "records.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    with pytest.raises(ModelError, match=r"^run/records.parquet: cannot be read: "):
        open_run(path.parent).ids()


@pytest.mark.parametrize("text", ["", "[1]", '{"groups": 1}', '{"groups": {"nmi": "much"}}', '{"groups": {"nmi": null}}', b"\xff"])
def test_metrics_that_no_run_wrote_are_refused(past: Past, text: str | bytes) -> None:
    folder = past("run", groups={"a": 0})
    (folder / "metrics.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=r"^run/metrics.json: does not hold the metrics of a run; do the run again$"):
        open_run(folder).metrics()
