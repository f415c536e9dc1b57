"""Results of passages by the document that they were cut from."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_matrix

from asterism.framework import Entry, Records, Result, Stage
from asterism.registry import Registry
from asterism.registry.rollup import roll_up
from asterism.registry.runs import run_plan


class Gives:
    """A component as far as this needs one."""

    def __init__(self, gives: str) -> None:
        self.gives = gives


def result_of(parents: list[str], **values: tuple[str, object]) -> Result:
    result = Result(None, [f"{parent}#{row}" for row, parent in enumerate(parents)], [parent.upper() for parent in parents])
    result.about = {"parent": parents}
    for name, (gives, value) in values.items():
        result.stages[name], result.values[name] = Stage(name, Gives(gives)), value  # type: ignore[arg-type]  # no real component is needed
    return result


PARENTS = ["b", "a", "b", "a", "b", "c", "a"]


def test_a_document_is_in_the_group_of_most_of_its_passages() -> None:
    rolled = roll_up(result_of(PARENTS, groups=("labels", np.array([2, -1, 0, 3, 2, -1, 3]))))
    assert rolled.ids == ["b", "a", "c"]
    assert rolled.targets == ["B", "A", "C"]
    assert rolled["groups"].tolist() == [2, 3, -1]


def test_of_equally_many_the_lowest_group_counts_and_none_comes_last() -> None:
    rolled = roll_up(result_of(["a", "a", "b", "b"], groups=("labels", np.array([7, 4, -1, 9]))))
    assert rolled["groups"].tolist() == [4, 9]


def test_scores_are_the_highest_and_rows_the_mean() -> None:
    rows = np.arange(14, dtype=np.float32).reshape(7, 2)
    rolled = roll_up(
        result_of(PARENTS, odd=("scores", np.array([1.0, 5, 3, 2, 2, -4, 0])), dense=("matrix", rows), sparse=("matrix", csr_matrix(rows)))
    )
    assert rolled["odd"].tolist() == [3, 5, -4]
    expected = [rows[[0, 2, 4]].mean(axis=0), rows[[1, 3, 6]].mean(axis=0), rows[5]]
    np.testing.assert_allclose(rolled["dense"], expected, rtol=1e-6)
    np.testing.assert_allclose(rolled["sparse"].toarray(), expected, rtol=1e-6)
    assert rolled["dense"].dtype == rolled["sparse"].dtype == np.float32


def test_what_is_generated_or_recommended_is_left_out() -> None:
    assert roll_up(result_of(["a"], samples=("items", ["x"]), suggestions=("ranking", None))).values == {}


def test_a_run_over_passages_writes_its_documents(registry: Registry, spec: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    plan = registry.plan(spec())
    passages = [Entry(f"{parent}#{row}", "x" * (row + 1), None, {"parent": parent}) for row, parent in enumerate("aabb")]
    monkeypatch.setattr(type(plan.modality), "read", lambda self, source: Records(passages, modality="text"))
    run = run_plan(registry, plan, Path("out"))
    assert pq.read_table("out/documents.parquet")["id"].to_pylist() == ["a", "b"]
    assert pq.read_table("out/records.parquet")["parent"].to_pylist() == ["a", "a", "b", "b"]
    assert "passages of 2 documents (documents.parquet)" in run.summary
