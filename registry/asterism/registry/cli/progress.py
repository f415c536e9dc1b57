"""The hook that shows a person how far a run is: bars on a terminal, plain lines elsewhere; always on standard error."""

import sys
from typing import Any

from asterism.framework.hooks import hookimpl
from asterism.framework.problems import Problem
from asterism.framework.stages import Stage


class Progress:
    """One bar or line per stage, with rate and estimated time."""

    def __init__(self) -> None:
        self._bars: Any = None
        self._task: Any = None

    @hookimpl
    def before_run(self) -> None:
        if sys.stderr.isatty():
            self._bars = _bars()
            self._bars.start()

    @hookimpl
    def before_stage(self, stage: Stage) -> None:
        if self._bars:
            self._task = self._bars.add_task(stage.name, total=None, rate="")

    @hookimpl
    def on_progress(self, done: int, total: int, rate: float) -> None:
        if self._bars:
            self._bars.update(self._task, completed=done, total=total, rate=f"{rate:,.0f}/s")

    @hookimpl
    def after_stage(self, stage: Stage, value: Any, seconds: float) -> None:
        if self._bars:
            task = next(task for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=task.total or 1, completed=task.total or 1)
        else:
            rows = value.shape[0] if hasattr(value, "shape") else len(value)
            self._line(f"{stage.name}: {rows:,} in {seconds:.2f} s, {rows / max(seconds, 1e-9):,.0f}/s")

    @hookimpl
    def on_problem(self, problem: Problem) -> None:
        if self._bars:
            self._bars.console.print(str(problem), markup=False)
        else:
            self._line(str(problem))

    @hookimpl
    def on_error(self) -> None:
        self._stop()

    @hookimpl
    def after_run(self) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bars:
            self._bars.stop()
            self._bars = None

    def _line(self, text: str) -> None:
        sys.stderr.write(text + "\n")


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    return Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True))
