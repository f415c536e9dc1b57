import json
from pathlib import Path

import pytest

from asterism.framework import Pipeline
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
