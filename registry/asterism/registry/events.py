"""The log of a run: every event as a line of JSON, as it happens."""

import json
import time
from pathlib import Path
from typing import Any, TextIO

from asterism.framework.hooks import hookimpl
from asterism.framework.problems import Problem
from asterism.framework.result import Result
from asterism.framework.stages import Stage


class EventLog:
    """A hook that appends to ``events.jsonl``; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        self._stream: TextIO = path.open("a", encoding="utf-8")

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
    def after_stage(self, stage: Stage, seconds: float) -> None:
        self._write("after_stage", stage=stage.name, seconds=round(seconds, 6))

    @hookimpl
    def on_problem(self, problem: Problem) -> None:
        self._write("on_problem", stage=problem.stage, message=problem.message, count=problem.count, ids=problem.ids)

    @hookimpl
    def on_error(self, error: BaseException) -> None:
        self._write("on_error", error=type(error).__name__, message=str(error))

    @hookimpl
    def after_run(self, result: Result) -> None:
        self._write("after_run", seconds=round(sum(result.seconds.values()), 6))

    def _write(self, event: str, **values: Any) -> None:
        self._stream.write(json.dumps({"event": event, "time": round(time.time(), 3), **values}, ensure_ascii=False) + "\n")
        self._stream.flush()
