"""How faithful a reduced space is: whether the neighbours of a record stay its neighbours, and whether they are of its class.

They look at a sample, so neighbours are the nearest records of that sample: with many records, these tell of the order of
neighbourhoods, not of the very nearest records. Distances are Euclidean in both spaces.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Reducer

from .distances import sample, squared_distances

SAMPLE = 500
"""The neighbours of so many records before and after are compared."""
QUERIES, CANDIDATES = 1_000, 10_000
"""The neighbours of so many records are looked for among so many where only their classes count."""
BLOCK = 128
"""Distances to all others are computed for so many records at a time, which stay in the processor's cache."""
ROUNDING = 1e-9
"""Distances that differ by a smaller share are equal."""


def trustworthiness(reducer: Reducer, matrix: Matrix, input_matrix: Matrix, n_neighbors: int = 5, n_sample: int = SAMPLE) -> float | None:
    """Return the trustworthiness: whether neighbours after the reduction were near before, 1 is best, 0.5 is chance.

    Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001. None where the reduction lowers no
    width (`normalize`), or twice `n_neighbors` are not fewer than the records.
    """
    return _kept(input_matrix, matrix, n_neighbors, n_sample) if matrix.shape[1] < input_matrix.shape[1] else None


def continuity(reducer: Reducer, matrix: Matrix, input_matrix: Matrix, n_neighbors: int = 5, n_sample: int = SAMPLE) -> float | None:
    """Return the continuity: whether neighbours before the reduction are near after, 1 is best, 0.5 is chance.

    Trustworthiness with both spaces exchanged (Venna and Kaski 2001), and None where that is.
    """
    return _kept(matrix, input_matrix, n_neighbors, n_sample) if matrix.shape[1] < input_matrix.shape[1] else None


def neighbourhood_hit(reducer: Reducer, matrix: Matrix, targets: Sequence[str], n_neighbors: int = 5) -> float | None:
    """Return the neighbourhood hit: share of a record's nearest neighbours after the reduction that are of its class.

    Paulovich et al., "Least square projection", IEEE Transactions on Visualization and Computer Graphics 2008. Of 1,000 records, among
    10,000. Guessing gives the sum of the squared shares of the classes. None where there is one class, or not more than `n_neighbors`
    records.
    """
    names, classes = np.unique(np.asarray(targets), return_inverse=True)
    if len(names) < 2 or len(classes) <= n_neighbors:
        return None
    candidates = sample(len(classes), CANDIDATES)
    looked_at = sample(len(candidates), QUERIES)
    neighbours = _nearest(matrix[candidates], looked_at, n_neighbors)
    return float((classes[candidates[neighbours]] == classes[candidates[looked_at], np.newaxis]).mean())


def _kept(before: Matrix, after: Matrix, n_neighbors: int, n_sample: int) -> float | None:
    """Tell how few of the rows that are neighbours `after` were none `before`, each weighed by its rank there."""
    rows = sample(after.shape[0], n_sample)
    n = len(rows)
    if 2 * n_neighbors >= n:
        return None
    before, after = before[rows], after[rows]
    blocks = (np.arange(start, min(start + BLOCK, n)) for start in range(0, n, BLOCK))
    intrusions = sum(_intrusions(before, after, block, n_neighbors) for block in blocks)
    return float(1 - intrusions * 2 / (n * n_neighbors * (2 * n - 3 * n_neighbors - 1)))


def _intrusions(before: Matrix, after: Matrix, block: NDArray[np.int64], n_neighbors: int) -> int:
    """Add up by how many ranks the neighbours `after` of the rows of a block were too far away `before`."""
    distances, new_distances = (_to_others(matrix, block) for matrix in (before, after))
    neighbours = np.argpartition(new_distances, n_neighbors, axis=1)[:, :n_neighbors]
    # The rank of a neighbour counts the rows that were nearer; of equally near ones none is before the other.
    limits = np.take_along_axis(distances, neighbours, axis=1) * (1 - ROUNDING)
    ranks = np.array([np.count_nonzero(distances < limit[:, np.newaxis], axis=1) for limit in limits.T]) + 1
    return int(np.maximum(ranks - n_neighbors, 0).sum())


def _to_others(rows: Matrix, block: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the squared distances of the rows of a block to all rows; none is its own neighbour."""
    distances = squared_distances(rows[block], rows)
    distances[np.arange(len(block)), block] = np.inf
    return distances


def _nearest(rows: Matrix, looked_at: NDArray[np.int64], n_neighbors: int) -> NDArray[np.int64]:
    """Find the `n_neighbors` rows that are nearest to each row looked at, itself left out; shape (n_looked_at, n_neighbors)."""
    from sklearn.neighbors import NearestNeighbors

    search: Any = NearestNeighbors(n_neighbors=n_neighbors + 1).fit(rows)
    found: NDArray[np.int64] = search.kneighbors(rows[looked_at], return_distance=False)
    others = found != looked_at[:, np.newaxis]
    others[others.all(axis=1), -1] = False  # many copies of the row, which itself was not among them
    return np.reshape(found[others], (len(looked_at), n_neighbors))
