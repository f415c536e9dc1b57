"""A pipeline: stages that are fitted together on a source and then applied to new data."""

import threading
from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from pathlib import Path
from typing import Any

from .component import Component
from .errors import DataError, WiringError
from .kinds import Modality
from .records import Records
from .result import Result
from .settings import Settings
from .stages import Stage, wire
from .values import Interactions


class Pipeline:
    """Stages that are fitted together on a source and then applied to new data.

    Parameters
    ----------
    stages
        In the order of the run; `WiringError` where one of them is fed by something that it cannot take.
    modality
        Reads the source; without one, `fit` and `apply` take `Records`, `Interactions` or a matrix.
    name
        What to call it.
    """

    def __init__(self, stages: Sequence[Stage], *, modality: Modality[Any] | None = None, name: str = "pipeline") -> None:
        reads, gives = (modality.modality, modality.gives) if modality else ("", "")
        self.stages, problems = wire(stages, gives=gives, modality=reads)
        if problems:
            raise WiringError("\n".join(f"stages[{place}]: {message}" for place, message in problems))
        self.modality, self.name = modality, name

    def fit(
        self, data: Any, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None, settings: Settings | None = None
    ) -> Result:
        """Fit every stage on `data` and return what each gave.

        Parameters
        ----------
        data
            A path or a sequence of items that the modality reads, or a value (`Records`, `Interactions`, a matrix).
        hooks
            Hook plugins that watch this run.
        cancel
            Set it, from any thread, to stop at the next batch; `Cancelled` is raised then.
        settings
            How the run is to be done: memory, workers, bad records, and where results are kept.

        Raises
        ------
        DataError
            Where the data cannot be used. What was computed until then is in the error's ``partial`` attribute, a `Result`.
        """
        result = self._run(data, "fit", hooks, cancel, settings)
        self.stages = tuple(result.stages.values())
        return result

    def apply(
        self, data: Any, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None, settings: Settings | None = None
    ) -> Result:
        """Apply the fitted stages to new data; parameters and errors as for `fit`, and `NotFittedError` before it."""
        return self._run(data, "apply", hooks, cancel, settings)

    def _run(self, data: Any, verb: str, hooks: Iterable[object], cancel: threading.Event | None, settings: Settings | None) -> Result:
        from .running import Run  # a program that only describes pipelines need not wait for what runs them

        settings = settings or Settings()
        return Run(self.stages, lambda: self._open(data, settings.limit), verb, hooks, cancel, settings).go()

    def _open(self, data: Any, limit: int | None) -> Any:
        data = _held(data, limit)
        if isinstance(data, Records | Interactions):
            return data
        if self.modality:
            opened = self.modality.read(data)
            if isinstance(data, str | Path) and isinstance(opened, Records):
                opened.place = str(data)
            return opened
        return data if hasattr(data, "dtype") else Records.of(data)

    def __getitem__(self, name: str) -> Component:
        for stage in self.stages:
            if stage.name == name:
                return stage.component
        raise KeyError(f"no stage is called {name!r}; there are {', '.join(s.name for s in self.stages)}")

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __repr__(self) -> str:
        return f"Pipeline({', '.join(f'{s.name}: {s.component!r}' for s in self.stages)})"


def _held(data: Any, limit: int | None) -> Any:
    """Refuse a generator, or hold as many of its items as a limit allows; whatever can be read twice comes back itself."""
    if limit is not None and isinstance(data, Iterable) and not isinstance(data, str | Path | Sized):
        return list(islice(data, limit))
    if isinstance(data, Iterator):
        hint = "pass a list, or an object that begins anew at each iteration; or set a limit, and so many records are held in memory"
        raise DataError("the source is a generator, which can be read only once", hint=hint)
    return data
