"""Stages, and how they feed each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .component import Component
from .errors import WiringError
from .values import Labels

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
    version: str = ""
    """Distribution and version that the component is from; results of another version are not taken from a store."""
    like: Callable[[Sequence[str], Labels], tuple[tuple[int, int], ...]] | None = None
    """Called after fit with the ids and the groups of the records, to tell `renumber`."""
    renumber: tuple[tuple[int, int], ...] = ()
    """For groups that keep the numbers of an earlier run: the number that the component gives, and the number that results show."""

    def __post_init__(self) -> None:
        given, shown = {pair[0] for pair in self.renumber}, {pair[1] for pair in self.renumber}
        if min(len(given), len(shown)) < len(self.renumber) or min(given | shown, default=0) < 0:
            raise WiringError(f"stage '{self.name}': renumber must give each group a number of its own, from 0 (got {self.renumber})")

    @property
    def label(self) -> str:
        """``kind/name``, for messages."""
        return f"{self.component.kind}/{self.registered or type(self.component).__name__}"

    def shown(self, value: Any) -> Any:
        """Return `value` as results show it: groups under the numbers that `renumber` tells, any other value as it is.

        A group that `renumber` does not know (it had no record at the fit) comes behind all that it knows, so that two groups never
        share a number. -1 stays -1.
        """
        if not self.renumber or self.component.gives != "labels":
            return value
        groups, places = np.unique(value, return_inverse=True)
        known, behind = dict(self.renumber), 1 + max(max(pair) for pair in self.renumber)
        numbers = [group if group < 0 else known.get(group, behind + group) for group in groups.tolist()]
        return np.array(numbers, np.int64)[places]

    def given(self, value: Any) -> Any:
        """Return `value`, as results show it, as the component gave it: what `shown` does is undone."""
        if not self.renumber or self.component.gives != "labels":
            return value
        groups, places = np.unique(value, return_inverse=True)
        known, behind = {shown: given for given, shown in self.renumber}, 1 + max(max(pair) for pair in self.renumber)
        numbers = [group if group < 0 else known.get(group, group - behind) for group in groups.tolist()]
        return np.array(numbers, np.int64)[places]


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
            message = _feed_problem(stage, feeder, wired, gives, modality) or _beside_problem(stage, feeder, wired)
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


def _beside_problem(stage: Stage, feeder: str, earlier: Sequence[Stage]) -> str:
    """Say what a component needs beside what feeds it, and no stage gives."""
    needed = stage.component.beside
    for name, what in (("vectors", "vectors"), ("upstream", "matrix")):
        if name in needed and not _is_made_of_matrix(feeder, earlier):
            return f"{stage.label} needs the {what} that '{feeder}' was made of, and there is none"
    if "term_matrix" in needed and not any(hasattr(other.component, "get_feature_names_out") for other in earlier):
        way = "let an encoder of terms come before it, such as `- encoder: tfidf`, `from: source`"
        return f"{stage.label} needs the terms of the records; {way}"
    return ""


def _is_made_of_matrix(name: str, earlier: Sequence[Stage]) -> bool:
    by_name = {other.name: other for other in earlier}
    while name in by_name:
        if by_name[name].component.gives == "matrix":
            return True
        name = by_name[name].fed_by
    return False


def _article(name: str) -> str:
    plural = name.endswith("s")
    return name if plural else f"a {name}"
