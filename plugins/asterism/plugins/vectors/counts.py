"""How many groups? What `n_clusters: auto` of a clusterer means: try counts on a sample, score each by a criterion, take the best."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix

from .criteria import CRITERIA, EQUAL, Criterion, Group, Score
from .rows import require

__all__ = ["Criterion", "Curve", "Group", "best_count", "count_note", "learn_count", "try_counts"]

LARGEST = 50
"""No larger count is tried."""
SAMPLE_ROWS = LARGEST**2
"""Rows that the counts are tried on; at most their square root, so that a group has as many rows as there are groups."""

Curve: TypeAlias = NDArray[np.float64]
"""A row (count, score) for each count tried, in rising order, higher is better; `gap` and `stability` add the score's standard error."""


def learn_count(component: Any, X: Matrix, group: Group, criteria: Mapping[str, Score] = CRITERIA) -> None:
    """Set `n_clusters_` of a clusterer with the fields `n_clusters`, `criterion` and `random_state`, and say so in `notes_`.

    Where `n_clusters` is "auto", `criterion_curve_` keeps what was tried. A clusterer that knows a better score than one from labels passes
    its own `criteria`.
    """
    vars(component).pop("criterion_curve_", None)  # of an earlier fit
    component.notes_ = []
    if component.n_clusters != "auto":
        component.n_clusters_ = component.n_clusters
        return
    curve = try_counts(X, group, component.criterion, getattr(component, "random_state", 0), criteria)
    component.criterion_curve_, component.n_clusters_ = curve, best_count(curve, component.criterion)
    component.notes_ = [count_note(curve, component.criterion)]


def try_counts(X: Matrix, group: Group, criterion: Criterion, seed: int, criteria: Mapping[str, Score] = CRITERIA) -> Curve:
    """Try 2, 3, ... groups on a sample of the rows, in growing steps, and score each; `DataError` with fewer than 3 rows."""
    sample = _sample(X, seed)
    counts = _ladder(min(LARGEST, max(2, int(np.sqrt(sample.shape[0])))))
    scores = criteria[criterion](sample, group, counts, seed)
    return np.column_stack([counts, np.asarray(scores, np.float64)])


def best_count(curve: Curve, criterion: Criterion) -> int:
    """Return the count that the criterion prefers.

    The one with the best score, the smaller one of equals; but by `gap` the smallest whose score is not exceeded by that of the next one
    less its standard error, and by `stability` the largest within one standard error of the best, since few groups are easily stable.
    """
    counts, scores = curve[:, 0], curve[:, 1]
    enough = scores >= scores.max() - EQUAL
    if criterion == "gap":
        enough[:-1] |= scores[:-1] >= scores[1:] - curve[1:, 2]
    if criterion == "stability" and scores.max() > 0:
        return int(counts[scores >= scores.max() - EQUAL - curve[scores.argmax(), 2]][-1])
    return int(counts[enough][0])


def count_note(curve: Curve, criterion: Criterion) -> str:
    """Say in a sentence for `notes_` which count was taken and why."""
    return f"n_clusters {best_count(curve, criterion)} by {criterion.replace('_', ' ')}, tried {curve[0, 0]:.0f} to {curve[-1, 0]:.0f}"


def _ladder(largest: int) -> list[int]:
    """List every count up to 16, then steps of an eighth: the score of 40 groups says little that the score of 41 does not."""
    counts = [2]
    while (following := counts[-1] + max(1, counts[-1] // 8)) <= largest:
        counts.append(following)
    return counts


def _sample(X: Matrix, seed: int) -> Matrix:
    n_rows = X.shape[0]
    require(3, n_rows, "records", "n_clusters='auto' compares counts on 3 records or more", hint="set n_clusters to a number")
    if n_rows <= SAMPLE_ROWS:
        return X
    return X[np.sort(np.random.RandomState(seed).choice(n_rows, SAMPLE_ROWS, replace=False))]
