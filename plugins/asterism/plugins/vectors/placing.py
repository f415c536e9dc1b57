"""Places on a map for rows that were not there when it was drawn: beside their nearest training rows.

The rule serves every method that draws a map without learning a function to it (t-SNE, UMAP). It looks at one row at a time, so a
row has one place whatever rows stand beside it; a copy of a training row lands on that row, and copies of each other share one place.

A plain mean of the nearest rows' places would not do: where they lie in two groups it is in the void between them. So a neighbour
also counts the less, the further its place is from that of the nearest row.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix

from .bandwidths import search_widths
from .pairs import squared_lengths

Weigh = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From the distances of rows to their nearest training rows, shape (n, k), how much each of those counts, of the same shape."""


def require_float32(X: Matrix) -> None:
    """Raise `DataError` where squared distances between rows leave float32, in which the methods that draw maps compute."""
    too_long = np.flatnonzero(4 * squared_lengths(X) > np.finfo(np.float32).max)
    if len(too_long):
        hint = "scale the columns first, for example by standardize"
        raise DataError("values this large have no distances in float32", rows=too_long.tolist(), hint=hint)


def merge_copies(places: NDArray[np.float32], nearest: NDArray[np.int64]) -> NDArray[np.float32]:
    """Move training rows that are copies of each other to the mean of their places; `nearest` is the first copy of each row."""
    first = nearest
    while not np.array_equal(first[first], first):
        first = first[first]
    sums = np.zeros(places.shape)
    np.add.at(sums, first, places)
    copies = np.bincount(first, minlength=len(places))
    return np.asarray((sums[first] / copies[first, np.newaxis]).astype(np.float32))


def place_beside(
    places: NDArray[np.float32], rows: NDArray[np.int64], distances: NDArray[np.float64], weigh: Weigh, reach: float
) -> NDArray[np.float32]:
    """Place new rows among the `places` of the training rows.

    `rows` are the nearest training rows of each and `distances` those to them, shape (n, k), nearest first. A neighbour whose place
    is `reach` away from that of the nearest one counts half of what `weigh` says. Returns shape (n, n_components).
    """
    start = places[rows[:, 0]].astype(np.float64)
    weights, total, moved = weigh(distances), np.zeros((len(rows), 1)), np.zeros_like(start)
    for neighbour in range(rows.shape[1]):  # one after the other, so that every row is added up in one order
        away = places[rows[:, neighbour]] - start
        counts = weights[:, [neighbour]] / (1 + (away**2).sum(axis=1, keepdims=True) / reach**2)
        total, moved = total + counts, moved + counts * away
    copies = distances[:, :1] == 0
    return np.where(copies, start, start + moved / total).astype(np.float32)


def weigh_by_count(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Let weights fall with the distance beyond the nearest, so fast that all k add up to log2(k), as strengths do in UMAP."""
    beyond = distances - distances[:, :1]
    wanted = float(np.log2(distances.shape[1]))
    return _falling(beyond, search_widths(lambda width: _falling(beyond, width).sum(axis=1), wanted, _start(beyond)))


def weigh_by_perplexity(distances: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Let weights fall with the squared distance, so fast that their distribution has this perplexity, as in t-SNE."""
    beyond = distances**2 - distances[:, :1] ** 2

    def found(width: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = _falling(beyond, width)
        shares /= shares.sum(axis=1, keepdims=True)
        return np.asarray(np.exp(-(shares * np.log(np.maximum(shares, np.finfo(np.float64).tiny))).sum(axis=1)))

    return _falling(beyond, search_widths(found, perplexity, _start(beyond)))


def _falling(beyond: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-beyond / widths[:, np.newaxis]))


def _start(beyond: NDArray[np.float64]) -> NDArray[np.float64]:
    """Begin the search at a width of the same unit as the distances, whatever that is."""
    means = beyond.mean(axis=1)
    return np.where(means > 0, means, 1.0)
