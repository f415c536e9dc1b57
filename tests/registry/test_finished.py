"""The folder of a run, looked into as if the run had just ended."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import DataError, FinishedRun, ModelError, hookimpl
from asterism.framework.edits import Edit, add_edits
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import apply_model, run_plan

Spec = Callable[..., Path]


class Watch:
    """Keeps the runs that it is told of, and what lay in their folders then."""

    def __init__(self) -> None:
        self.seen: list[tuple[FinishedRun, set[str]]] = []

    @hookimpl
    def after_write(self, run: FinishedRun) -> None:
        self.seen.append((run, {path.name for path in run.folder.iterdir()}))


def test_hooks_are_told_of_a_run_when_its_folder_is_complete(registry: Registry, spec: Spec) -> None:
    watch = Watch()
    written = run_plan(registry, registry.plan(spec()), Path("out"), hooks=[watch])
    ((run, files),) = watch.seen
    assert {"model", "records.parquet", "groups.json", "metrics.json", "summary.txt", "run.json"} <= files
    assert run.folder == written.path
    assert run.state["state"] == json.loads((run.folder / "run.json").read_text())["state"] == "complete"
    assert run.result is written.result
    assert all(run.result.memory[stage] > 10 * 2**20 for stage in run.result.stages)


def test_a_run_of_a_host_writes_nothing_and_tells_nothing_of_it(registry: Registry, spec: Spec) -> None:
    watch = Watch()
    plan = registry.plan(spec())
    plan.pipeline.fit(plan.path, hooks=[watch])
    assert watch.seen == []


def test_a_run_that_is_read_back_is_as_it_was(registry: Registry, spec: Spec) -> None:
    watch = Watch()
    run_plan(registry, registry.plan(spec()), Path("out"), hooks=[watch])
    before, after = watch.seen[0][0], open_finished(registry, Path("out"))
    assert list(after.result.ids) == list(before.result.ids)
    assert list(after.result.stages) == list(before.result.stages)
    assert list(after.records()) == list(before.records())
    for stage, value in before.result.values.items():
        np.testing.assert_array_equal(after.result.values[stage], value)
    assert after.groups("groups") == {0: {"size": 3}, 1: {"size": 3}}
    assert after.stages_giving("labels") == ["groups"]
    assert after.result.memory == before.result.memory
    assert after.maps() == before.maps()


def test_some_rows_are_read_without_the_others(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    run, rows = open_finished(registry, Path("out")), np.array([0, 2, 5])
    for stage, value in run.result.values.items():
        some = open_finished(registry, Path("out")).take(stage, rows)
        np.testing.assert_array_equal(some, value[rows])
        assert some.dtype == value.dtype
    assert open_finished(registry, Path("out")).result.ids.take(rows) == ["0", "2", "5"]  # type: ignore[attr-defined]  # of runs that are read back
    assert run.take("lengths", rows[:0]).shape == (0, 4)


def test_problems_and_quarantine_are_read_back(registry: Registry, spec: Spec) -> None:
    path = spec()
    Path("lines.txt").write_text("a\n\nbb\nccc\ndddd\neeeee\n")
    run_plan(registry, registry.plan(path), Path("out"))
    (problem,) = open_finished(registry, Path("out")).result.problems
    assert str(problem) == "stage 'lengths': has no letter and gets a row of zeros (records '1')"


def test_groups_are_as_people_edited_them(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    add_edits(Path("out"), [Edit("groups", (1, 0), "all of them")], 0)
    run = open_finished(registry, Path("out"))
    assert run.result.values["groups"].tolist() == [1] * 6
    assert run.groups("groups") == {1: {"size": 6, "names": ["all of them"]}}
    assert run.titles("groups") == {1: "all of them"}
    assert run.result.names == {"groups": {1: "all of them"}}


def test_apply_honours_the_edits_of_the_run(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    add_edits(Path("out"), [Edit("groups", (1, 0)), Edit("groups", (1,), "all of them")], 0)
    applied = apply_model(registry, Path("out"), "lines.txt", Path("applied"))
    assert applied.result["groups"].tolist() == [1] * 6
    assert json.loads(Path("applied/groups.json").read_text()) == {"groups": {"1": {"size": 6, "names": ["all of them"]}}}
    assert "all of them" in applied.summary
    assert json.loads(Path("applied/run.json").read_text())["edits"] == [
        {"stage": "groups", "groups": [1, 0], "name": ""},
        {"stage": "groups", "groups": [1], "name": "all of them"},
    ]
    assert open_finished(registry, Path("applied")).titles("groups") == {1: "all of them"}


def test_the_model_itself_knows_no_edits(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    add_edits(Path("out"), [Edit("groups", (1, 0))], 0)
    assert apply_model(registry, Path("out/model"), "lines.txt", None).result["groups"].tolist() == [0, 0, 0, 1, 1, 1]


def test_records_that_were_left_out_are_not_among_those_read_again(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    run = open_finished(registry, Path("out"))
    run.result.ids = [identity for identity in run.result.ids if identity != "2"]
    assert list(run.records()) == [text for row, text in enumerate(Path("lines.txt").read_text().splitlines()) if row != 2]


@pytest.mark.parametrize(("text", "reason"), [("one\n", "holds other records than the run read"), (None, "there is no such file")])
def test_a_source_that_is_gone_or_changed_is_named(registry: Registry, spec: Spec, text: str | None, reason: str) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    Path("lines.txt").unlink()
    if text is not None:
        Path("lines.txt").write_text(text)
    with pytest.raises(DataError, match=reason):
        open_finished(registry, Path("out")).records()


def test_a_folder_of_a_newer_version_is_refused(registry: Registry, spec: Spec) -> None:
    run_plan(registry, registry.plan(spec()), Path("out"))
    path = Path("out/run.json")
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(ModelError, match="out: was written by a newer Asterism; install that one"):
        open_finished(registry, Path("out"))
