"""A pipeline: named stages, each fed by the source or by an earlier stage."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .component import Component
from .errors import WiringError
from .kinds import Modality
from .result import Result
from .running import Run
from .values import Interactions, Records

SOURCE = "source"
"""The name by which a stage is fed by the source itself."""


@dataclass(frozen=True)
class Stage:
    """One step of a pipeline."""

    name: str
    component: Component
    fed_by: str = ""
    """Name of the stage that feeds it, or ``source``; empty: the nearest earlier one that gives what this one takes."""
    registered: str = ""
    """The name under which the component is installed, as a spec writes it; empty where a host passed the object."""

    @property
    def label(self) -> str:
        """``kind/name``, for messages."""
        return f"{self.component.kind}/{self.registered or type(self.component).__name__}"


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

    def fit(self, data: Any, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None, strict: bool = False) -> Result:
        """Fit every stage on `data` and return what each gave.

        Parameters
        ----------
        data
            A path or a sequence of items that the modality reads, or a value (`Records`, `Interactions`, a matrix).
        hooks
            Hook plugins that watch this run.
        cancel
            Set it, from any thread, to stop at the next batch; `Cancelled` is raised then.
        strict
            Turn everything that `on_problem` would report into an error.

        Raises
        ------
        DataError
            Where the data cannot be used. What was computed until then is in the error's ``partial`` attribute, a `Result`.
        """
        return Run(self.stages, lambda: self._open(data), "fit", hooks, cancel, strict).go()

    def apply(self, data: Any, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None, strict: bool = False) -> Result:
        """Apply the fitted stages to new data; parameters and errors as for `fit`, and `NotFittedError` before it."""
        return Run(self.stages, lambda: self._open(data), "apply", hooks, cancel, strict).go()

    def _open(self, data: Any) -> Any:
        if isinstance(data, Records | Interactions):
            return data
        if self.modality:
            return self.modality.read(data)
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


def wire(stages: Sequence[Stage], *, gives: str = "", modality: str = "") -> tuple[tuple[Stage, ...], list[tuple[int, str]]]:
    """Fill in what feeds each stage; return the stages and every problem as (position, message).

    `gives` and `modality` tell of the source; empty where nothing is known about it, and then it feeds whatever finds no other feeder.
    """
    wired: list[Stage] = []
    problems: list[tuple[int, str]] = []
    for place, stage in enumerate(stages):
        message = _name_problem(stage, wired, stages)
        if not message:
            feeder = stage.fed_by or _nearest(stage, wired)
            message = _feed_problem(stage, feeder, wired, gives, modality)
            stage = replace(stage, fed_by=feeder)
        if message:
            problems.append((place, message))
        wired.append(stage)
    return tuple(wired), problems


def _nearest(stage: Stage, earlier: Sequence[Stage]) -> str:
    return next((s.name for s in reversed(earlier) if s.component.gives == stage.component.takes), SOURCE)


def _name_problem(stage: Stage, earlier: Sequence[Stage], every: Sequence[Stage]) -> str:
    names = [s.name for s in earlier]
    if stage.name == SOURCE:
        return f"no stage may be called '{SOURCE}': that name is taken by the source"
    if stage.name in names:
        return f"two stages are called '{stage.name}'; give one of them another name with `as`"
    if stage.fed_by in ("", SOURCE, *names):
        return ""
    if stage.fed_by == stage.name:
        return f"'{stage.name}' cannot feed itself"
    if any(s.name == stage.fed_by for s in every):
        return f"'{stage.fed_by}' comes later; a stage is fed by an earlier one"
    return f"no stage is called '{stage.fed_by}'{_did_you_mean(stage.fed_by, [*names, SOURCE])}"


def _did_you_mean(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches  # only where something is wrong already

    close = get_close_matches(name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(names)}"


def _feed_problem(stage: Stage, feeder: str, earlier: Sequence[Stage], gives: str, modality: str) -> str:
    component = stage.component
    given = gives if feeder == SOURCE else next(s.component.gives for s in earlier if s.name == feeder)
    reads: frozenset[str] = getattr(component, "reads", frozenset())
    wanted = f"{' or '.join(sorted(reads))} {component.takes}".strip()
    if not given:  # a host feeds a value of its own
        return ""
    if given != component.takes:
        return f"'{feeder}' gives {_article(given)}, {stage.label} takes {_article(wanted)}"
    if given == "records" and reads and modality and modality not in reads:
        return f"'{feeder}' gives {modality} records, {stage.label} takes {wanted}"
    return ""


def _article(name: str) -> str:
    plural = name.endswith("s")
    return name if plural else f"a {name}"
