"""The folder of a run that is over, with its fitted pipeline, as if it had just ended; values are read when they are asked for."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np
from numpy.typing import NDArray

from asterism.framework.edits import read_edits
from asterism.framework.errors import ModelError
from asterism.framework.finished import EditedValues, FinishedRun
from asterism.framework.problems import Problem
from asterism.framework.result import Result

from .artifact import fitted_by
from .facts import METRIC, load_functions, meaning
from .past_run import PastRun, open_run
from .past_values import PastValues
from .runfolder import EVENTS, QUARANTINE

if TYPE_CHECKING:
    from .discovery import Discovery

ABOUT = ("time", "parent", "language")
"""Columns of the table that tell of a record what its source knew."""


def open_finished(discovery: "Discovery", folder: Path) -> FinishedRun:
    """Open the folder of a complete run; `ModelError` where it is none, or its model cannot be loaded."""
    run = open_run(folder)
    if "source" not in run.state:
        raise ModelError(f"{folder}: has no run.json that says what was read; do the run again")
    pipeline, edits = fitted_by(discovery, folder, run.state), read_edits(folder)
    stages, told = {stage.name: stage for stage in pipeline}, cast("dict[str, dict[str, Any]]", run.state.get("stages", {}))
    result = Result(
        None,
        PastStrings(run, "id"),
        PastStrings(run, "target") if run.has("target") else None,
        about={name: PastStrings(run, name) for name in ABOUT if run.has(name)},
        stages=stages,
        values=EditedValues(PastValues(run), run.stages, edits),  # type: ignore[arg-type]  # a mapping that reads when it is asked
        seconds={name: float(about.get("seconds", 0)) for name, about in told.items()},
        memory={name: int(about.get("memory", 0)) for name, about in told.items()},
        names={name: names for name in run.stages if (names := edits.names(name))},
        problems=list(_problems(folder)),
        quarantine=list(_quarantine(folder)),
        fingerprint=run.fingerprint,
        reused={name: int(about.get("reused", 0)) for name, about in told.items()},
        streamed=[name for name, about in told.items() if about.get("streamed")],
    )
    metrics = {name for found in run.metrics().values() for name in found}
    return FinishedRun(folder, run.state, pipeline, result, edits, meanings_of(discovery, metrics))


def meanings_of(discovery: "Discovery", metrics: Iterable[str]) -> dict[str, str]:
    """Tell how to read the metrics that are installed."""
    installed = {provider.name for provider in discovery.providers(METRIC)}
    return {
        name: meaning(function) for name, function in load_functions(discovery, METRIC, sorted(installed.intersection(metrics))).items()
    }


class PastStrings(Sequence[str]):
    """A column of strings: read bit by bit where somebody goes through it, and whole where somebody picks from it."""

    def __init__(self, run: PastRun, column: str) -> None:
        self._run, self._column, self._n = run, column, run.row_count

    @cached_property
    def _strings(self) -> list[str]:
        return self._run.strings(self._column)

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self._strings[at]

    def __iter__(self) -> Iterator[str]:
        for batch in self._run.batches(self._column):
            yield from batch.column(0).to_pylist()

    def take(self, rows: NDArray[np.int64]) -> list[str]:
        """Read the strings at some rows, which rise."""
        return [text for batch in self._run.take(rows, self._column) for text in batch.column(0).to_pylist()]


def _problems(folder: Path) -> Iterator[Problem]:
    """Read what the latest run in the folder reported, from its log."""
    events = _lines(folder / EVENTS)
    begins = [place for place, event in enumerate(events) if event.get("event") == "before_run"]
    for event in events[max(begins, default=0) :]:
        if event.get("event") == "on_problem" and not event.get("quarantined"):
            yield Problem(
                str(event["message"]),
                int(event.get("count", 1)),
                place=str(event.get("place", "")),
                stage=str(event.get("stage", "")),
                ids=tuple(event.get("ids", ())),
            )


def _quarantine(folder: Path) -> Iterator[Problem]:
    for line in _lines(folder / QUARANTINE):
        yield Problem(
            str(line.get("reason", "")),
            place=str(line.get("place", "")),
            stage=str(line.get("stage", "")),
            ids=(str(line.get("id", "")),),
            quarantined=True,
        )


def _lines(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a log that are whole; a log that is gone has none."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [line for line in found if isinstance(line, dict)]
