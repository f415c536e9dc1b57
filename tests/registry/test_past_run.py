import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import ModelError, Ranking, Result, Stage
from asterism.registry import Registry
from asterism.registry.past_run import open_run, shared_rows
from asterism.registry.table import write_table

Past = Callable[..., Path]


def test_of_all_that_a_table_can_hold_only_groups_are_taken_for_groups(past: Past, registry: Registry) -> None:
    folder, rows = past("run", groups={"a": 0}), np.ones((2, 3), np.float32)
    result = Result(None, ["a", "b"], ["1", "2"])
    result.values = {
        "groups": np.array([1, -1]),
        "odd": np.array([1.0, 2.0]),
        "map": rows[:, :2],
        "svd": rows,
        "tfidf": csr_matrix(rows),
        "next": Ranking(np.array([[0], [1]]), np.ones((2, 1), np.float32), ["p", "q"]),
    }
    result.stages = {name: Stage(name, registry.find("clusterer", "halves")()) for name in result.values}
    write_table(result, folder / "records.parquet")
    run = open_run(folder)
    assert run.stages == ("groups",)
    assert run.ids().to_pylist() == ["a", "b"]
    assert run.labels("groups").tolist() == [1, -1]


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
