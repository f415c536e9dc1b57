"""A quantile of numbers that are only ever counted: which of a few thousand bins they fall in, in two rounds of sums.

The first round counts into bins whose edges grow by about one percent, the second into bins that divide those again where the
quantile lies. What comes out is the upper edge of a bin: at most one part in `PRECISION` above the quantile of the numbers themselves,
so that numbers that equal the quantile do not exceed it.
"""

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 4096
SMALLEST = 1e-9
"""Numbers below this share of the mean fall into one bin."""
PRECISION = 100_000
"""Up to a billion numbers, an edge of the first round is at most 1.011 times the one before; a 4096th of that is 1 in 370,000."""


def first_edges(mean: float, n_numbers: int) -> Edges:
    """Return edges for numbers of 0 or more with this mean, of which none can be larger than their sum."""
    largest = 2.0 * n_numbers * mean  # twice, so that rounding leaves none beyond the last edge
    if not largest > 0:
        return np.array([0.0, 1.0])
    return np.concatenate([[0.0], np.geomspace(SMALLEST * mean, largest, BINS)])


def count(edges: Edges, numbers: NDArray[np.float64]) -> Counts:
    """Count how many numbers lie from each edge up to the next one; shape (n_edges - 1,)."""
    places = np.searchsorted(edges, numbers, side="right") - 1
    return np.bincount(np.minimum(places, len(edges) - 2), minlength=len(edges) - 1)


def finer_edges(edges: Edges, counts: Counts, share: float) -> Edges:
    """Return edges that divide the bins between which the quantile lies, with every other bin left out but for its count."""
    bins = {_bin(counts, rank) for rank in _ranks(counts, share)[:2]}
    parts = [np.linspace(edges[at], edges[at + 1], BINS + 1) for at in sorted(bins)]
    return np.unique(np.concatenate([edges[:1], *parts, edges[-1:]]))


def quantile(edges: Edges, counts: Counts, share: float) -> float:
    """Return the number that `share` of all exceed, between two of them where it falls between."""
    below, above, weight = _ranks(counts, share)
    lower, upper = (float(edges[_bin(counts, rank) + 1]) for rank in (below, above))
    return lower + weight * (upper - lower)


def count_above(edges: Edges, counts: Counts, number: float) -> int:
    """Count the numbers in bins that lie above `number`."""
    return int(counts[edges[:-1] >= number].sum())


def _ranks(counts: Counts, share: float) -> tuple[int, int, float]:
    """Return the ranks, from 0, of the two numbers that the quantile lies between, and how far along."""
    last = int(counts.sum()) - 1
    place = last - last * share
    below = int(place)
    return below, min(below + 1, last), place - below


def _bin(counts: Counts, rank: int) -> int:
    """Return the bin that holds the number of this rank."""
    return int(np.searchsorted(np.cumsum(counts), rank, side="right"))
