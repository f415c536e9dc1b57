"""The hook that shows a person how far a run is: bars on a terminal, plain lines elsewhere; always on standard error."""

import sys
from pathlib import Path
from typing import Any

from asterism.framework.hooks import hookimpl
from asterism.framework.problems import Problem
from asterism.framework.stages import Stage
from asterism.framework.values import n_rows

SHOWN_RECORDS = 5
"""Of the records that are left out, so many are shown one by one."""


class Progress:
    """One bar or line per stage, with its rate and the time that the whole run will still take."""

    def __init__(self) -> None:
        self._bars: Any = None
        self._task: Any = None
        self._left_out = 0

    @hookimpl
    def before_run(self) -> None:
        if sys.stderr.isatty():
            self._bars = _bars()
            self._bars.start()

    @hookimpl
    def before_stage(self, stage: Stage) -> None:
        if self._bars:
            self._task = self._bars.add_task(stage.name, total=None, rate="", eta="")

    @hookimpl
    def on_progress(self, done: int, total: int, rate: float, eta: float | None) -> None:
        if self._bars:
            left = "" if eta is None else f"{_clock(eta)} left"
            self._bars.update(self._task, completed=done, total=total, rate=f"{rate:,.0f}/s", eta=left)

    @hookimpl
    def after_stage(self, stage: Stage, value: Any, seconds: float, reused: int) -> None:
        if self._bars:
            task = next(task for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=task.total or 1, completed=task.total or 1, eta="")
        else:
            rows = n_rows(value)
            ready = f", {reused:,} of them reused" if reused else ""
            self._line(f"{stage.name}: {rows:,} in {seconds:.2f} s, {rows / max(seconds, 1e-9):,.0f}/s{ready}")

    @hookimpl
    def on_problem(self, problem: Problem) -> None:
        self._left_out += problem.quarantined
        if not problem.quarantined or self._left_out <= SHOWN_RECORDS:
            self._line(f"{problem}{'; left out' if problem.quarantined else ''}")

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
        if self._left_out > SHOWN_RECORDS:
            self._line(f"left out: {self._left_out:,} records, those above included")

    def _line(self, text: str) -> None:
        if self._bars:
            self._bars.console.print(text, markup=False)
        else:
            sys.stderr.write(text + "\n")


class CacheLine:
    """Says where results are kept, once the source was found fit to be read."""

    def __init__(self, cache: Path | None) -> None:
        self._line = f"cache: {cache or 'off'}"

    @hookimpl
    def before_stage(self) -> None:
        if self._line:
            sys.stderr.write(self._line + "\n")
        self._line = ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    texts = TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TextColumn("{task.fields[eta]}")
    return Bars("{task.description}", BarColumn(), MofNCompleteColumn(), *texts, console=Console(stderr=True))
