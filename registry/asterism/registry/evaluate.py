"""Measure a run that is over: its values are read back, its stages loaded, and classes taken from any column of its source.

No stage is computed, and nothing is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism.framework.errors import DataError, ModelError
from asterism.framework.fingerprint import RecordsDigest
from asterism.framework.pipeline import Pipeline
from asterism.framework.problems import Problem, problems_to
from asterism.framework.records import Entry, Records
from asterism.framework.result import Result

from .artifact import fitted_by
from .facts import METRIC, inapplicable, load_functions, meaning, measure, not_on_request
from .past_run import PastRun, open_run
from .past_values import PastValues

if TYPE_CHECKING:
    from .discovery import Discovery


@dataclass(frozen=True)
class Evaluation:
    """What measuring a run gave."""

    run: str
    records: int
    target: str | None
    """Column of the source that the classes are from; None where they are those of the run, if it has any."""
    classes: int
    """How many classes there are; 0 where none are known."""
    components: dict[str, str]
    """``kind/name`` of every stage."""
    metrics: dict[str, dict[str, float]]
    """By stage and metric."""
    meanings: dict[str, str]
    """How to read a metric, as far as its author tells."""
    not_computed: dict[str, list[str]]
    """Metrics that apply to no stage, and what they need."""
    on_request: list[str]
    """Metrics that wait to be named."""
    problems: list[Problem]
    """What went wrong or is worth knowing."""


def evaluate(discovery: "Discovery", folder: Path, *, target: str | None = None, names: Sequence[str] | None = None) -> Evaluation:
    """Measure the run of a folder again.

    Parameters
    ----------
    discovery
        Where metrics and components are found.
    folder
        What `asterism run` or `asterism apply` wrote.
    target
        Column of the run's source that holds the known classes; by default those that the run knew.
    names
        The metrics that are wanted; by default all that nobody has to ask for.

    Raises
    ------
    UnknownComponent
        Where there is no metric of a name.
    ModelError
        Where the folder holds no complete run, or its model cannot be loaded.
    DataError
        Where the source is gone or changed, has no such column, or the column has one value only.
    """
    for name in names or ():
        discovery.provider(METRIC, name)
    run, problems = open_run(folder), list[Problem]()
    if "source" not in run.state:
        raise ModelError(f"{folder}: has no run.json that says what was read; do the run again")
    with problems_to(problems.append):
        pipeline = fitted_by(discovery, folder, run.state)
        result = _result(run, pipeline, target)
        every = load_functions(discovery, METRIC, names)
        metrics = not_on_request(every) if names is None else every
        found = measure(metrics, result)
    return Evaluation(
        run=str(folder),
        records=len(result.ids),
        target=target,
        classes=len(set(result.targets or ())),
        components={name: stage.label for name, stage in result.stages.items()},
        metrics=found,
        meanings={name: meaning(function) for name, function in metrics.items()},
        not_computed=inapplicable(metrics, result),
        on_request=[name for name in every if name not in metrics],
        problems=list(dict.fromkeys(problems)),  # the source may be read twice
    )


def _result(run: PastRun, pipeline: Pipeline, target: str | None) -> Result:
    ids = run.ids().to_pylist()
    targets = run.targets() if target is None else _targets(run, pipeline, target, ids)
    stages = {stage.name: stage for stage in pipeline}
    return Result(None, ids, targets, stages=stages, values=PastValues(run))  # type: ignore[arg-type]  # a mapping that reads when it is asked


def _targets(run: PastRun, pipeline: Pipeline, column: str, ids: Iterable[str]) -> list[str]:
    """Read the classes of the records from a column of the source, which must be what the run read."""
    modality: Any = pipeline.modality
    if not hasattr(modality, "target"):
        raise DataError(f"a source of {modality.modality} has no column of classes", place=str(run.path), hint="leave --target out")
    _check_source(run, modality)
    known = _read_classes(run, replace(modality, target=column), column)
    targets = [known[identity] for identity in ids]
    if len(set(targets)) < 2:
        reason = f"column '{column}' has one value only, '{targets[0]}': nothing can agree with it"
        raise DataError(reason, place=_place(run), hint="name a column that tells records apart")
    return targets


def _check_source(run: PastRun, modality: Any) -> None:
    try:
        records = _open(run, modality)
        digest = RecordsDigest(records)
        records.survey(digest.add)
    except DataError as error:
        reason = f"its source, {error.place or _place(run)}, cannot be read any more: {error.reason}"
        raise DataError(reason, place=str(run.path), hint="put it back, or leave --target out") from error
    if str(digest) != run.fingerprint:
        reason = f"its source, {_place(run)}, was changed after the run"
        raise DataError(reason, place=str(run.path), hint="put the old one back, or do the run again")


def _read_classes(run: PastRun, modality: Any, column: str) -> dict[str, str]:
    records, known, missing = _open(run, modality), dict[str, str](), list[str]()

    def each(entries: list[Entry]) -> None:
        known.update((entry.id, entry.target) for entry in entries if entry.target is not None)
        missing.extend(entry.id for entry in entries if entry.target is None)

    records.survey(each)
    if missing:
        raise DataError(f"column '{column}' is empty", place=_place(run), ids=missing, hint="name a column that is filled")
    return known


def _open(run: PastRun, modality: Any) -> Records[Any]:
    records: Records[Any] = modality.read(run.state["source"])
    limit = run.state.get("settings", {}).get("limit")
    return records if limit is None else records.head(limit)


def _place(run: PastRun) -> str:
    return str(run.state["source"])
