import json
import time
from pathlib import Path

import pytest

from asterism.framework import Pipeline
from asterism.framework.problems import Problem
from asterism.registry import Registry
from asterism.registry.events import EventLog


@pytest.fixture
def pipeline(registry: Registry, spec: object) -> Pipeline:
    stages = [{"encoder": "lengths"}, {"clusterer": "halves"}]
    return registry.build({"asterism": 1, "name": "x", "source": {"modality": "lines"}, "stages": stages})


def events(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_event_is_a_line_in_its_order(pipeline: Pipeline, tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        pipeline.fit(["a", "", "ccc"], hooks=[log])
    found = events(tmp_path / "events.jsonl")
    names = [event["event"] for event in found if event["event"] != "on_progress"]
    assert names == ["before_run", "before_stage", "on_problem", "after_stage", "before_stage", "after_stage", "after_run"]
    assert found[0]["verb"] == "fit"
    assert found[0]["stages"] == [
        {"name": "lengths", "component": "encoder/lengths", "from": "source"},
        {"name": "halves", "component": "clusterer/halves", "from": "lengths"},
    ]
    progress = [event for event in found if event["event"] == "on_progress"]
    assert {(event["stage"], event["done"], event["total"]) for event in progress} >= {("lengths", 3, 3)}
    (problem,) = [event for event in found if event["event"] == "on_problem"]
    assert (problem["stage"], problem["message"]) == ("lengths", "has no letter and gets a row of zeros")
    assert (problem["count"], problem["ids"]) == (1, ["1"])
    times = [event["time"] for event in found]
    assert times == sorted(times)  # type: ignore[type-var]  # they are numbers


def test_an_error_is_the_last_line(pipeline: Pipeline, tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log, pytest.raises(ValueError, match="the source is empty"):
        pipeline.fit([], hooks=[log])
    last = events(tmp_path / "events.jsonl")[-1]
    assert (last["event"], last["error"]) == ("on_error", "DataError")
    assert last["message"] == "the source is empty: there is not one record; give it at least one"


def test_a_line_is_on_disk_when_the_event_is_over(pipeline: Pipeline, tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.before_stage(next(iter(pipeline)))
        assert events(tmp_path / "events.jsonl")[0]["stage"] == "lengths"


def test_a_stage_tells_what_it_reused_and_a_record_that_was_left_out_where_it_stood(pipeline: Pipeline, tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.after_stage(next(iter(pipeline)), 0.5, 7)
        log.on_problem(Problem("is torn", ids=("a",), place="a.png", stage="lengths", quarantined=True))
    stage, problem = events(tmp_path / "events.jsonl")
    assert (stage["seconds"], stage["reused"]) == (0.5, 7)
    assert (problem["place"], problem["quarantined"], problem["ids"]) == ("a.png", True, ["a"])


def test_a_run_that_is_gone_on_with_goes_on_in_the_same_file(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    stage = next(iter(pipeline))
    with EventLog(path) as log:
        log.before_stage(stage)
    first = events(path)[0]["time"]
    with path.open("a") as stream:
        stream.write('{"event": "after_st')  # killed here
    monkeypatch.setattr(time, "time", lambda: 1000.0)  # the clock was set back
    with EventLog(path) as log:
        log.before_stage(stage)
        log.after_stage(stage, 0.1, 0)
    assert [event["event"] for event in events(path)] == ["before_stage", "before_stage", "after_stage"]
    assert [event["time"] for event in events(path)] == [first] * 3


@pytest.mark.parametrize("content", ["", "\n", "foreign\n", "[1]\n", "torn", "x" * 200_000])
def test_a_file_that_holds_something_else_is_no_obstacle(pipeline: Pipeline, tmp_path: Path, content: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(content)
    with EventLog(path) as log:
        log.before_stage(next(iter(pipeline)))
    assert json.loads(path.read_text().splitlines()[-1])["event"] == "before_stage"
