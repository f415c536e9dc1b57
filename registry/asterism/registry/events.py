"""The log of a run: every event as a line of JSON, as it happens. A run that is gone on with goes on in the same file."""

import json
import time
from pathlib import Path
from typing import Any, BinaryIO

from asterism.framework.hooks import hookimpl
from asterism.framework.problems import Problem
from asterism.framework.result import Result
from asterism.framework.stages import Stage
from asterism.framework.store.durable import writing_to


class EventLog:
    """A hook that appends to ``events.jsonl``; use it as a context manager. Its times never go backwards, whatever the clock does."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._stream: BinaryIO = path.open("a+b", buffering=0)
        self._last = _mend(self._stream)

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()

    @hookimpl
    def before_run(self, stages: tuple[Stage, ...], verb: str) -> None:
        self._write("before_run", verb=verb, stages=[{"name": s.name, "component": s.label, "from": s.fed_by} for s in stages])

    @hookimpl
    def before_stage(self, stage: Stage) -> None:
        self._write("before_stage", stage=stage.name)

    @hookimpl
    def on_progress(self, stage: Stage, done: int, total: int, rate: float, eta: float | None) -> None:
        self._write(
            "on_progress", stage=stage.name, done=done, total=total, rate=round(rate, 3), eta=None if eta is None else round(eta, 3)
        )

    @hookimpl
    def after_stage(self, stage: Stage, seconds: float, reused: int) -> None:
        self._write("after_stage", stage=stage.name, seconds=round(seconds, 6), reused=reused)

    @hookimpl
    def on_problem(self, problem: Problem) -> None:
        about = {"message": problem.message, "place": problem.place, "count": problem.count, "ids": problem.ids}
        self._write("on_problem", stage=problem.stage, **about, quarantined=problem.quarantined)

    @hookimpl
    def on_error(self, error: BaseException) -> None:
        self._write("on_error", error=type(error).__name__, message=str(error))

    @hookimpl
    def after_run(self, result: Result) -> None:
        self._write("after_run", seconds=round(sum(result.seconds.values()), 6))

    def _write(self, event: str, **values: Any) -> None:
        self._last = max(self._last, round(time.time(), 3))
        line = json.dumps({"event": event, "time": self._last, **values}, ensure_ascii=False) + "\n"
        with writing_to(self._folder):
            self._stream.write(line.encode("utf-8", "replace"))


def _mend(stream: BinaryIO) -> float:
    """Cut off what a killed run left of a line; return the time of the last whole one."""
    stream.seek(0)
    lines = stream.read().split(b"\n")
    stream.truncate(sum(len(line) + 1 for line in lines[:-1]))
    try:
        return float(json.loads(lines[-2])["time"])
    except (IndexError, ValueError, KeyError, TypeError):  # no line yet, or none of ours
        return 0.0
