"""Explanations of a run that is over: why a record is in its group, what sets a group apart, why an item is recommended.

What an explainer gives is passed on as the component gave it: something with ``text``, ``parts``, ``fidelity`` and ``as_json()``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.framework.component import Component
from asterism.framework.errors import DataError
from asterism.framework.finished import FinishedRun
from asterism.framework.upstream import Upstream
from asterism.framework.values import Reason

from .finished import open_finished

if TYPE_CHECKING:
    from .discovery import Discovery

RULE, EXAMPLES, RECORD = "decision_tree", "examples", "lime"
"""Explainers that are asked where none is named: of groups, and of records."""
COMPARED = 20_000
"""Ids that a mistyped one is compared with, at most."""


@dataclass(frozen=True)
class RecordExplanation:
    """Why a record is in its group."""

    record: str
    stage: str
    """The stage that gives the groups."""
    group: int
    title: str
    """What the group is called."""
    explainer: str
    explanation: Any
    """What the explainer gave."""
    item: Any = field(default=None, repr=False)
    """The record itself."""
    component: Any = field(default=None, repr=False)
    """The fitted explainer."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, without the record itself."""
        about = {"record": self.record, "stage": self.stage, "group": self.group, "title": self.title, "explainer": self.explainer}
        return {**about, **{key: value for key, value in self.explanation.as_json().items() if key not in ("of", "group")}}


@dataclass(frozen=True)
class GroupExplanation:
    """What sets a group apart."""

    stage: str
    group: int
    title: str
    size: int
    described: dict[str, list[str]]
    """What the describers of the run said of it, by their names: ``keywords``, ..."""
    explanations: dict[str, Any]
    """By explainer: what it gave."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        about = {"stage": self.stage, "group": self.group, "title": self.title, "size": self.size, "described": self.described}
        return {**about, "explanations": {name: found.as_json() for name, found in self.explanations.items()}}


@dataclass(frozen=True)
class RecommendationExplanation:
    """Why an item is recommended to a user."""

    user: str
    item: str
    stage: str
    reasons: list[Reason]
    """Most first."""


def explain_record(
    discovery: "Discovery", folder: Path, record: str, *, stage: str | None = None, explainer: str = RECORD
) -> RecordExplanation:
    """Explain the group of one record.

    Raises `DataError` where there is no such record, it is in no group, the stage gives none, or the source of the run is gone.
    """
    run = open_finished(discovery, folder)
    name = _stage_of_groups(run, stage)
    row = _row_of(run, record)
    group = int(run.result.values[name][row])
    if group < 0:
        raise DataError(f"record '{record}' is in no group of '{name}', so there is nothing to explain", place=str(folder))
    asked = _RecordAsked.of(discovery, run, name, explainer)
    item = run.records()[row]
    return RecordExplanation(record, name, group, run.titles(name)[group], explainer, asked.explain(row), item, asked.component)


def explainer_of(
    discovery: "Discovery", folder: Path, *, stage: str | None = None, explainer: str = RECORD
) -> Callable[[int], dict[str, Any]]:
    """Return a function that explains the record in a row of the run, as plain data; run and explainer are loaded once.

    Of a record in no group it says just that. Errors as for `explain_record`; those of the source come when the first record is asked for.
    """
    run = open_finished(discovery, folder)
    name = _stage_of_groups(run, stage)
    asked, titles = _RecordAsked.of(discovery, run, name, explainer), run.titles(name)

    def explained(row: int) -> dict[str, Any]:
        group, id_ = int(run.result.values[name][row]), run.result.ids[row]
        if group < 0:
            about = {"record": id_, "stage": name, "group": -1, "title": titles.get(-1, "no group"), "explainer": explainer}
            return {**about, "parts": [], "fidelity": None, "text": f"in no group of '{name}'", "low_fidelity": False}
        run.records()
        return RecordExplanation(id_, name, group, titles[group], explainer, asked.explain(row)).as_json()

    return explained


def explain_group(
    discovery: "Discovery", folder: Path, group: int, *, stage: str | None = None, explainers: Sequence[str] = (RULE, EXAMPLES)
) -> GroupExplanation:
    """Explain what sets a group apart; `DataError` where there is no such group, or the stage gives none."""
    run = open_finished(discovery, folder)
    name = _stage_of_groups(run, stage)
    told = {number: about for number, about in run.groups(name).items() if number >= 0}
    if group not in told:
        shown = ", ".join(map(str, islice(told, 20))) or "none"
        hint = f"there are {shown}{', ...' if len(told) > 20 else ''}"
        raise DataError(f"'{name}' has no group {group}", place=str(folder), hint=hint)
    labels, upstream = run.result.values[name], Upstream(run.result, name)
    made = {explainer: _made(discovery, run, name, explainer, "group").fit(labels, upstream, [group]) for explainer in explainers}
    described = {key: list(texts) for key, texts in told[group].items() if key != "size"}
    found = {explainer: component.explain_group(group) for explainer, component in made.items()}
    return GroupExplanation(name, group, run.titles(name)[group], int(told[group]["size"]), described, found)


def explain_recommendation(
    discovery: "Discovery", folder: Path, user: str, item: str, *, stage: str | None = None
) -> RecommendationExplanation:
    """Explain why an item is recommended to a user, whose history is read again from the source of the run.

    Raises `DataError` where there is no such user or item, the stage recommends nothing, or the source is gone.
    """
    run = open_finished(discovery, folder)
    name = _stage_giving(run, "ranking", stage, "recommends")
    _row_of(run, user, "user")
    component: Any = run.result.stages[name].component
    return RecommendationExplanation(user, item, name, component.explain(run.records().for_users([user]), item))


@dataclass(frozen=True)
class _RecordAsked:
    """A fitted explainer of records, with what it was fitted on."""

    component: Any
    labels: Any
    upstream: Upstream

    @classmethod
    def of(cls, discovery: "Discovery", run: FinishedRun, stage: str, explainer: str) -> "_RecordAsked":
        component = _made(discovery, run, stage, explainer, "record")
        labels, upstream = run.result.values[stage], Upstream(run.result, stage)
        return cls(component.fit(labels, upstream), labels, upstream)

    def explain(self, row: int) -> Any:
        rows = np.array([row])
        return self.component.explain(self.labels[rows], self.upstream[rows])[0]


def _made(discovery: "Discovery", run: FinishedRun, stage: str, explainer: str, what: str) -> Any:
    """Make an explainer, with the fields that the run gave it where it has it, learning from the groups as they are now."""
    cls: Any = discovery.load("explainer", explainer)
    if cls.explains != what:
        others = "--with lime or --with shap" if what == "record" else "--group"
        raise DataError(f"explainer/{explainer} explains a {cls.explains}, not a {what}", hint=f"take {others}")
    same = [other.component for other in run.pipeline if type(other.component) is cls and other.fed_by == stage]
    fields = same[0].get_params(deep=False) if same else {}
    made: Component = cls(**fields)
    return made


def _stage_of_groups(run: FinishedRun, wanted: str | None) -> str:
    name = _stage_giving(run, "labels", wanted, "gives groups")
    if not run.result.matrix_of(name):
        raise DataError(f"stage '{name}' cannot be explained: its groups were not made of a matrix", place=str(run.folder))
    return name


def _stage_giving(run: FinishedRun, what: str, wanted: str | None, verb: str) -> str:
    """Return the stage that is wanted, or the last one that gives something."""
    names = run.stages_giving(what)
    if wanted in names:
        return str(wanted)
    if not names:
        raise DataError(f"no stage of this run {verb}", place=str(run.folder), hint=_what_there_is(run))
    if wanted is None:
        return names[-1]
    known = run.result.stages
    gives = f"stage '{wanted}' cannot be explained so: it gives {known[wanted].component.gives}" if wanted in known else ""
    reason = gives or f"no stage is called '{wanted}'"
    raise DataError(reason, place=str(run.folder), hint=_did_you_mean(wanted, names))


def _what_there_is(run: FinishedRun) -> str:
    if run.stages_giving("ranking"):
        return "it recommends: name a --user and an --item"
    if run.stages_giving("labels"):
        return "it has groups: name a --record or a --group"
    return "a clusterer makes groups, and a recommender recommends"


def _row_of(run: FinishedRun, wanted: str, what: str = "record") -> int:
    ids = run.result.ids
    row = next((place for place, id_ in enumerate(ids) if id_ == wanted), -1)
    if row < 0:
        hint = _did_you_mean(wanted, list(islice(ids, COMPARED)), "look into records.parquet for the ids")
        raise DataError(f"no {what} is called '{wanted}'", place=str(run.folder), hint=hint)
    return row


def _did_you_mean(wanted: str, names: Sequence[str], otherwise: str = "") -> str:
    close = get_close_matches(wanted, names, n=1)
    return f"did you mean '{close[0]}'?" if close else otherwise or f"there is {', '.join(names)}"
