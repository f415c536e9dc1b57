"""What changed from one run to another: records, groups, scores, metrics.

Groups are compared on the records that both runs have: what another run was not given has not moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asterism.framework.errors import DataError
from asterism.framework.values import Labels

from .matching import Overlap, count_overlap, match_groups
from .past_run import PastRun, open_run, shared_rows
from .score_difference import ScoreDifference, compare_scores

SHOWN = 10
"""How many ids of a list are kept; their number is always told."""


@dataclass(frozen=True)
class Pair:
    """A group of the earlier run and the one of the later run that matches it."""

    before: int
    after: int
    shared: int
    """Records that are in both."""
    jaccard: float
    """Share of the records of either that are in both; like everything here, of the records that both runs have."""
    left: float
    """Share of the earlier group's records that are elsewhere now."""
    came: float
    """Share of the later group's records that were elsewhere before."""


@dataclass(frozen=True)
class Single:
    """A group that has no match in the other run."""

    group: int
    records: int
    """How many records it has."""
    nearest: int | None
    """The group of the other run that has the most of them; None where none has any."""
    shared: int
    """How many that has."""


@dataclass(frozen=True)
class Move:
    """A record whose later group does not match its earlier one."""

    id: str
    before: int
    after: int


@dataclass(frozen=True)
class StageDifference:
    """How the groups of one stage changed."""

    pairs: list[Pair]
    vanished: list[Single]
    """Groups of the earlier run alone."""
    appeared: list[Single]
    """Groups of the later run alone."""
    moved: int
    """How many records moved."""
    moves: list[Move]
    """The first of them."""
    ari: float
    """Agreement of the two groupings beyond chance, 1 is full; -1 counts as a group. Hubert and Arabie, 1985."""
    nmi: float
    """Normalised mutual information of the two groupings, 0 none to 1 full; -1 counts as a group. Strehl and Ghosh, 2002."""


@dataclass(frozen=True)
class Change:
    """A metric in both runs; None where a run does not have it."""

    stage: str
    metric: str
    before: float | None
    after: float | None
    by: float | None
    """How much it rose."""


@dataclass(frozen=True)
class Ids:
    """Records that only one of the runs has."""

    count: int
    first: list[str]


@dataclass(frozen=True)
class Difference:
    """What changed from the run `before` to the run `after`."""

    before: str
    after: str
    shared: int
    """How many records both have."""
    only_before: Ids
    only_after: Ids
    by_position: bool
    """True where the ids are mere positions (0, 1, 2, ...) in data that may differ, so nobody knows whether the records are the same."""
    stages: dict[str, StageDifference]
    """The stages that give groups in both runs, by name."""
    scores: dict[str, ScoreDifference]
    """The stages that give scores in both runs, by name."""
    metrics: list[Change]


def compare(before: Path, after: Path) -> Difference:
    """Compare two run folders.

    Raises
    ------
    ModelError
        Where one of them is no run, or not complete.
    DataError
        Where they share no record, or neither a stage that gives groups or scores nor a metric.
    """
    earlier, later = open_run(before), open_run(after)
    earlier_ids, later_ids = earlier.ids(), later.ids()
    rows, places = shared_rows(earlier_ids, later_ids)
    if not len(rows):
        hint = f"compare runs on the same data (asterism apply {before} ... gives one), or name ids (source.id)"
        raise DataError("the two runs share no record", place=f"{before} and {after}", hint=hint)
    shared = earlier_ids.take(rows)
    stages = {
        stage: _compare_groups(shared, earlier.labels(stage), later.labels(stage), rows, places)
        for stage in _in_both(earlier, later, "labels")
    }
    scores = {
        stage: compare_scores(shared, earlier.scores(stage)[rows], later.scores(stage)[places])
        for stage in _in_both(earlier, later, "scores")
    }
    metrics = list(_changes(earlier.metrics(), later.metrics()))
    if not stages and not scores and all(change.by is None for change in metrics):
        _refuse(earlier, later)
    return Difference(
        before=str(before),
        after=str(after),
        shared=len(rows),
        only_before=_others(earlier_ids, rows),
        only_after=_others(later_ids, places),
        by_position=not _have_one_source(earlier, later) and _are_positions(earlier_ids) and _are_positions(later_ids),
        stages=stages,
        scores=scores,
        metrics=metrics,
    )


def _in_both(earlier: PastRun, later: PastRun, gives: str) -> list[str]:
    return [stage for stage in earlier.giving(gives) if stage in later.giving(gives)]


def _compare_groups(ids: Any, before: Labels, after: Labels, rows: Any, places: Any) -> StageDifference:
    """Compare all groups of one stage; record `rows[i]` of the earlier run is `places[i]` of the later one, and has ``ids[i]``."""
    first, second = before[rows], after[places]
    overlap = count_overlap(first, second)
    matches = match_groups(overlap)
    moved = _moved(first, second, matches)
    ari, nmi = _agreement(first, second)
    return StageDifference(
        pairs=list(_pairs(first, second, overlap, matches)),
        vanished=list(_singles(before, overlap.before, overlap.after, overlap.counts, set(matches.values()))),
        appeared=list(_singles(after, overlap.after, overlap.before, overlap.counts.T, set(matches))),
        moved=len(moved),
        moves=[Move(str(ids[row]), int(first[row]), int(second[row])) for row in moved[:SHOWN].tolist()],
        ari=ari,
        nmi=nmi,
    )


def _pairs(first: Labels, second: Labels, overlap: Overlap, matches: dict[int, int]) -> Iterator[Pair]:
    sizes_before, sizes_after = _sizes(first), _sizes(second)
    row_of, column_of = _places(overlap.before), _places(overlap.after)
    for after, before in sorted(matches.items(), key=lambda pair: pair[1]):
        shared = int(overlap.counts[row_of[before], column_of[after]])
        had, has = sizes_before[before], sizes_after[after]
        yield Pair(before, after, shared, shared / (had + has - shared), 1 - shared / had, 1 - shared / has)


def _singles(labels: Labels, own: list[int], others: list[int], counts: Any, matched: set[int]) -> Iterator[Single]:
    row_of = _places(own)
    for group, size in _sizes(labels).items():
        if group < 0 or group in matched:
            continue
        shared = counts[row_of[group]] if group in row_of else np.zeros(0, np.int64)
        most = int(shared.max(initial=0))
        yield Single(group, size, others[int(shared.argmax())] if most else None, most)


def _places(groups: list[int]) -> dict[int, int]:
    return {group: place for place, group in enumerate(groups)}


def _moved(first: Labels, second: Labels, matches: dict[int, int]) -> Any:
    """Return the places of the records whose later group is not the match of their earlier one; -1 matches -1 alone."""
    groups, place = np.unique(second, return_inverse=True)
    nowhere = -2  # no group of the earlier run has this number
    return np.flatnonzero(first != np.array([-1 if group < 0 else matches.get(group, nowhere) for group in groups.tolist()])[place])


def _agreement(first: Labels, second: Labels) -> tuple[float, float]:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    return float(adjusted_rand_score(first, second)), float(normalized_mutual_info_score(first, second))


def _changes(before: dict[str, dict[str, float]], after: dict[str, dict[str, float]]) -> Iterator[Change]:
    for stage in dict.fromkeys([*before, *after]):
        old, new = before.get(stage, {}), after.get(stage, {})
        yield from (_change(stage, metric, old.get(metric), new.get(metric)) for metric in dict.fromkeys([*old, *new]))


def _change(stage: str, metric: str, before: float | None, after: float | None) -> Change:
    return Change(stage, metric, before, after, None if before is None or after is None else after - before)


def _others(ids: Any, rows: Any) -> Ids:
    """Tell of the ids that are not at `rows`."""
    others = np.setdiff1d(np.arange(len(ids)), rows, assume_unique=True)
    return Ids(len(others), ids.take(others[:SHOWN]).to_pylist())


def _have_one_source(earlier: PastRun, later: PastRun) -> bool:
    return bool(earlier.fingerprint) and earlier.fingerprint == later.fingerprint


def _are_positions(ids: Any) -> bool:
    import pyarrow as pa

    return bool(ids.equals(pa.array(np.arange(len(ids))).cast(ids.type)))


def _sizes(labels: Labels) -> dict[int, int]:
    groups, sizes = np.unique(labels, return_counts=True)
    return dict(zip(groups.tolist(), sizes.tolist(), strict=True))


def _refuse(earlier: PastRun, later: PastRun) -> None:
    told = "; ".join(f"{run.path} has {_list([*run.stages, *run.giving('scores')])}" for run in (earlier, later))
    reason = f"the two runs have no stage that gives groups or scores and no metric in common: {told}"
    raise DataError(reason, hint="give the stages that are to be compared one name, with `as`")


def _list(stages: Sequence[str]) -> str:
    return ", ".join(stages) or "none"
