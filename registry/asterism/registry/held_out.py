"""Measure the recommenders of a run on events that they did not learn from: some are held out, the rest is learned from anew.

All items are ranked for each user. Nothing is written.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.errors import AsterismError, DataError, ModelError
from asterism.framework.fingerprint import digest_of
from asterism.framework.pipeline import Pipeline
from asterism.framework.problems import Problem, problems_to, report_problem
from asterism.framework.result import Result
from asterism.framework.splitting import leave_last_out, random_split, time_split
from asterism.framework.stages import SOURCE, Stage
from asterism.framework.values import Interactions

from .artifact import fitted_by
from .facts import METRIC, Functions, inapplicable, load_functions, meaning, measure_records, needs, number_of
from .past_run import PastRun, open_run

if TYPE_CHECKING:
    from .discovery import Discovery

SPLITS = ("leave-last-out", "random", "time")
"""How events are chosen that are held out."""
SHARE = 0.2
"""How many of all events are held out by default, by the splits that have a share."""
RESAMPLES = 1_000
"""So many times users are drawn for an interval, with replacement, as many as there are."""
PERCENTILES = (2.5, 97.5)
"""Ends of an interval of 95 %."""


@dataclass(frozen=True)
class HeldOutEvaluation:
    """What measuring the recommenders of a run on held-out events gave."""

    run: str
    split: str
    share: float | None
    """Share of all events that was to be held out; None where the split has none."""
    seed: int
    """Seed of the random split and of the intervals."""
    users: int
    """How many users were recommended to: those with held-out events."""
    all_users: int
    train_events: int
    """How many events were learned from."""
    held_out_events: int
    """How many events were to be found."""
    components: dict[str, str]
    """``kind/name`` of every recommender, by stage."""
    cutoffs: dict[str, int]
    """How many items each recommended to a user."""
    metrics: dict[str, dict[str, float]]
    """By stage and metric."""
    intervals: dict[str, dict[str, tuple[float, float]]]
    """Of the metrics that are means over the users: ends of the 95 % interval, by stage and metric."""
    meanings: dict[str, str]
    """How to read a metric, as far as its author tells."""
    not_computed: dict[str, list[str]]
    """Metrics that apply to no stage, and what they need."""
    problems: list[Problem]
    """What went wrong or is worth knowing."""


def evaluate_held_out(
    discovery: "Discovery", folder: Path, *, split: str, share: float | None = None, seed: int = 0, names: Sequence[str] | None = None
) -> HeldOutEvaluation:
    """Hold events of a run's source out, let its recommenders learn from the others, and measure what they recommend.

    Parameters
    ----------
    discovery
        Where metrics and components are found.
    folder
        What `asterism run` wrote.
    split
        Which events are held out: one of `SPLITS`.
    share
        Which share of all events, for a random split and one by time; 0.2 by default.
    seed
        Seed of the random split and of the intervals.
    names
        The metrics that are wanted; by default all that apply.

    Raises
    ------
    UnknownComponent
        Where there is no metric of a name.
    ModelError
        Where the folder holds no complete run, or its model cannot be loaded.
    DataError
        Where the run has no recommender, its source is gone or changed, or cannot be split so.
    """
    for name in names or ():
        discovery.provider(METRIC, name)
    run, problems = open_run(folder), list[Problem]()
    with problems_to(problems.append):
        pipeline = _pipeline_of(discovery, run)
        stages = _recommenders(run, pipeline)
        train, held_out = _split(run, _read(run, pipeline), split, share, seed)
        result = _recommended(stages, train, held_out, problems)
        metrics = _accuracy_first(load_functions(discovery, METRIC, names))
        found = measure_records(metrics, result)
    return HeldOutEvaluation(
        run=str(folder),
        split=split,
        share=None if split == SPLITS[0] else share or SHARE,
        seed=seed,
        users=len(result.ids),
        all_users=len(train),
        train_events=len(train.indices),
        held_out_events=len(held_out.indices),
        components={stage.name: stage.label for stage in stages},
        cutoffs={name: ranking.rows.shape[1] for name, ranking in result.values.items()},
        metrics={stage: {name: number_of(value) for name, value in values.items()} for stage, values in found.items()},
        intervals=_intervals(found, len(result.ids), seed),
        meanings={name: meaning(function) for name, function in metrics.items()},
        not_computed=inapplicable(metrics, result),
        problems=problems,
    )


def intervals_of_means(values: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
    """Return the 95 % interval of the mean of each column: percentiles of its means over rows drawn with replacement.

    The same rows are drawn for all columns. NaN is left out. `values` is of shape (n_users, n_columns), the result of (n_columns, 2).
    Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.
    """
    random, n = np.random.default_rng(seed), len(values)
    known = ~np.isnan(values)
    both = np.hstack([np.where(known, values, 0.0), known])
    sums = np.array([np.bincount(random.integers(0, n, n), minlength=n) @ both for _ in range(RESAMPLES)])
    totals, counts = np.hsplit(sums, 2)
    means = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
    ends: NDArray[np.float64] = np.nanpercentile(means, PERCENTILES, axis=0).T
    return ends


def _accuracy_first(metrics: Functions) -> Functions:
    return dict(sorted(metrics.items(), key=lambda metric: "held_out" not in needs(metric[1])))


def _intervals(found: dict[str, dict[str, Any]], n_users: int, seed: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the interval of each metric that has one number per user."""
    columns = {
        (stage, name): np.asarray(value, np.float64)
        for stage, values in found.items()
        for name, value in values.items()
        if getattr(value, "shape", ()) == (n_users,)
    }
    ends = intervals_of_means(np.column_stack(list(columns.values())), seed).tolist() if columns else []
    intervals: dict[str, dict[str, tuple[float, float]]] = {}
    for (stage, name), (low, high) in zip(columns, ends, strict=True):
        intervals.setdefault(stage, {})[name] = (low, high)
    return intervals


def _pipeline_of(discovery: "Discovery", run: PastRun) -> Pipeline:
    if "source" not in run.state:
        raise ModelError(f"{run.path}: has no run.json that says what was read; do the run again")
    if run.state["verb"] == "apply":
        hint = f"name the run that fitted the model in {run.state['model']}"
        raise DataError("the run applied a model and has learned nothing that could be learned anew", place=str(run.path), hint=hint)
    return fitted_by(discovery, run.path, run.state)


def _recommenders(run: PastRun, pipeline: Pipeline) -> list[Stage]:
    """List the recommenders of a pipeline, unfitted."""
    modality: Any = pipeline.modality
    if modality.gives != "interactions":
        reason = f"events are held out of interactions, and its source is of {modality.modality}"
        raise DataError(reason, place=str(run.path), hint="leave --split out")
    found = [stage for stage in pipeline if _is_recommender(stage)]
    if not found:
        raise DataError("none of its stages is a recommender", place=str(run.path), hint="leave --split out, or add one to the spec")
    if others := [stage.name for stage in pipeline if stage not in found]:
        report_problem(f"only recommenders of the source are measured, which these stages are not: {', '.join(others)}", expected=True)
    return [replace(stage, component=type(stage.component)(**stage.component.get_params(deep=False))) for stage in found]


def _is_recommender(stage: Stage) -> bool:
    component = stage.component
    return component.takes == "interactions" and component.gives == "ranking" and stage.fed_by == SOURCE and not component.beside


def _read(run: PastRun, pipeline: Pipeline) -> Interactions:
    """Read the source of the run, which must be what the run read."""
    source, modality = run.state["source"], pipeline.modality
    try:
        data: Interactions = modality.read(source)  # type: ignore[union-attr]  # a saved pipeline has a modality
    except DataError as error:
        reason = f"its source, {error.place or source}, cannot be read any more: {error.reason}"
        raise DataError(reason, place=str(run.path), hint="put it back") from error
    if digest_of(data) != run.fingerprint:
        hint = "put the old one back, or do the run again"
        shown = "a database" if "://" in str(source) else source  # whose URL may hold a password
        raise DataError(f"its source, {shown}, was changed after the run", place=str(run.path), hint=hint)
    return data


def _split(run: PastRun, data: Interactions, split: str, share: float | None, seed: int) -> tuple[Interactions, Interactions]:
    share = SHARE if share is None else share
    ways: dict[str, Callable[[], tuple[Interactions, Interactions]]] = {
        "leave-last-out": lambda: leave_last_out(data),
        "random": lambda: random_split(data, share, seed),
        "time": lambda: time_split(data, share),
    }
    if split not in ways:
        raise DataError(f"there is no split {split!r}", hint=f"take one of {', '.join(SPLITS)}")
    if split == "time" and data.times is None:
        hint = "name their column with `time` under `source` and do the run again, or take another split"
        raise DataError("the run read no times to split by", place=str(run.path), hint=hint)
    try:
        return ways[split]()
    except DataError as error:
        error.place = str(run.path)
        raise


def _recommended(stages: Sequence[Stage], train: Interactions, held_out: Interactions, problems: list[Problem]) -> Result:
    """Let every recommender learn, and recommend to the users with held-out events."""
    rows = np.flatnonzero(np.diff(held_out.indptr))
    users = [held_out.users[row] for row in rows]
    if unknown := int((~np.isin(held_out.items, train.items))[held_out.indices].sum()):
        message = f"{unknown:,} of the held-out events are of items that occur nowhere else: no recommender can find them"
        report_problem(message, count=unknown, expected=True)
    result = Result(train, users, held_out=held_out.for_users(users), stages={stage.name: stage for stage in stages})
    histories = train.for_users(users)
    for stage in stages:
        with _working(stage, train, problems):
            stage.component.fit(train)
        with _working(stage, histories, problems):
            result.values[stage.name] = stage.component.apply(histories)
    return result


@contextmanager
def _working(stage: Stage, data: Interactions, problems: list[Problem]) -> Iterator[None]:
    """Add the stage, and the ids of users, to what is reported and raised while it works on `data`."""

    def ids(rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(data.users[row] for row in rows)

    try:
        with problems_to(lambda told: problems.append(replace(told, stage=stage.name, ids=told.ids or ids(told.rows)))):
            yield
    except DataError as error:
        error.stage, error.ids = stage.name, error.ids or ids(error.rows)
        raise
    except Exception as error:
        if not isinstance(error, AsterismError):
            error.add_note(f"in stage '{stage.name}' ({stage.label})")
        raise
