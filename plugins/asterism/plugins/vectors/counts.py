"""How many groups? What `n_clusters: auto` of a clusterer means."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix

from .rows import require

LARGEST = 50
"""No larger count is tried."""
SAMPLE_ROWS = LARGEST**2
"""Rows that the counts are tried on; at most their square root, so that a group has as many rows as there are groups."""


def try_counts(X: Matrix, distances_for: Callable[[Matrix, int], NDArray[Any]], seed: int) -> NDArray[np.float64]:
    """Try 2, 3, ... groups on a sample, in growing steps; return a row (count, score) for each, shape (n_tried, 2).

    `distances_for` groups rows into a count and gives their distances to every centre, shape (n, count). The score is the mean
    simplified silhouette, (b - a) / b, of the distances a to the nearest centre and b to the second: 1 where every row
    sits on its own centre, 0 where all lie halfway between two (Vendramin, Campello and Hruschka, "Relative clustering validity
    criteria", Statistical Analysis and Data Mining 2010).
    """
    sample = _sample(X, seed)
    largest = min(LARGEST, max(2, int(np.sqrt(sample.shape[0]))))
    return np.array([(count, _simplified_silhouette(distances_for(sample, count))) for count in _ladder(largest)])


def best_count(curve: NDArray[np.float64]) -> int:
    """Return the count with the best score, the smaller one of equals."""
    return int(curve[curve[:, 1].argmax(), 0])


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


def _simplified_silhouette(distances: NDArray[Any]) -> float:
    two = np.partition(distances.astype(np.float64), 1, axis=1)
    nearest, second = two[:, 0], two[:, 1]
    return float(np.mean(np.divide(second - nearest, second, out=np.zeros_like(second), where=second > 0)))
