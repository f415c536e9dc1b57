"""How well groups lie apart, told from the groups and the matrix they were found in: no known classes are needed.

Records of the group -1 (no group) are left out of all of these, so a clusterer that puts few records into groups can score high: look at
how many there are. All measure Euclidean distances, so all favour round groups.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.values import is_sparse

from ..group_means import distances_to_means, group_means
from .distances import sample, squared_distances, squared_lengths

SAMPLE = 10_000
"""Above this many records in groups, the silhouette is that of a sample of so many."""
TILE = 384
"""Distances are computed for this many rows and columns at a time, which stay in the processor's cache."""
DOUBT = 0.005
"""A squared distance in float32 keeps digits enough where it is above this share of the squared lengths of both rows."""


def silhouette(labels: Labels, matrix: Matrix) -> float | None:
    """Return the mean silhouette: 1 where groups lie far apart, 0 where they touch, negative where records are misplaced.

    Rousseeuw, "Silhouettes", Journal of Computational and Applied Mathematics 1987. Records of group -1 are left out, also as
    neighbours; a record alone in its group counts 0. Above 10,000 records in groups it is that of a sample. None where there are fewer than
    two groups.
    """
    rows = np.flatnonzero(np.asarray(labels) >= 0)
    rows = rows[sample(len(rows), SAMPLE)]
    rows = rows[np.argsort(labels[rows], kind="stable")]
    members = np.unique(labels[rows], return_inverse=True)[1]
    if len(members) == 0 or members[-1] == 0:
        return None
    sums = _sums_by_group(_scaled(matrix[rows]), members)
    return float(_silhouettes(sums, members).mean())


def calinski_harabasz(labels: Labels, matrix: Matrix) -> float | None:
    """Return the Calinski-Harabasz ratio: variance between groups over that within, higher is better.

    Calinski and Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 1974. Records of group -1 are left out.
    1 where no group has any variance; None where there are fewer than two groups, or as many as records.
    """
    spreads = _spreads(labels, matrix)
    if spreads is None:
        return None
    sizes, means, squares, _ = spreads
    n_records, n_groups = int(sizes.sum()), len(sizes)
    within = float(squares.sum())
    between = float(sizes @ np.square(means - sizes @ means / n_records).sum(axis=1))
    return between * (n_records - n_groups) / (within * (n_groups - 1)) if within else 1.0


def davies_bouldin(labels: Labels, matrix: Matrix) -> float | None:
    """Return the Davies-Bouldin index: size of groups over their distance, 0 best, lower is better.

    Davies and Bouldin, "A cluster separation measure", IEEE Transactions on Pattern Analysis and Machine Intelligence 1979: for each group
    the worst of the others counts. Records of group -1 are left out. 0 where no group has any extent or all means are equal; None
    where there are fewer than two groups, or as many as records.
    """
    spreads = _spreads(labels, matrix)
    if spreads is None:
        return None
    sizes, means, _, distances = spreads
    extents = distances / sizes
    apart = np.sqrt(squared_distances(means, means))
    apart[apart == 0] = np.inf
    return float(((extents + extents[:, np.newaxis]) / apart).max(axis=1).mean())


def _spreads(labels: Labels, matrix: Matrix) -> tuple[NDArray[Any], ...] | None:
    """Return of each group its size, its mean, and the sums of squared and of plain distances to the mean.

    Group -1 is left out; None where there are fewer than two others, or as many as records.
    """
    groups, members, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = groups >= 0
    if not 2 <= kept.sum() < sizes[kept].sum():
        return None
    means = group_means(matrix, members, len(groups))
    squares = distances_to_means(matrix, members, means)
    squared, plain = (np.bincount(members, weights) for weights in (squares, np.sqrt(squares)))
    return sizes[kept].astype(np.float64), means[kept], squared[kept], plain[kept]


def _scaled(rows: Matrix) -> Matrix:
    """Move dense rows to their mean and bring them to size, in place: no silhouette changes, no square overflows, no digits are lost."""
    if is_sparse(rows):
        return rows
    if rows.dtype != np.float32:
        rows = rows.astype(np.float64)
    rows /= max(rows.max(initial=0), -rows.min(initial=0)) or 1
    rows -= rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
    rows /= np.sqrt(squared_lengths(rows).max(initial=0)) or 1
    return rows


def _sums_by_group(rows: Matrix, members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum the distances from each row to the rows of each group, shape (n_rows, n_groups); `rows` are sorted by group."""
    sums = np.zeros((len(members), members[-1] + 1))
    starts = range(0, len(members), TILE)
    for first in starts:
        for second in (start for start in starts if start >= first):
            here, there = slice(first, first + TILE), slice(second, second + TILE)
            squares = _tile(rows[here], rows[there], first == second)
            distances = np.sqrt(squares, out=squares)
            _add_by_group(sums[here], distances, members[there])
            if first != second:  # distances are symmetric
                _add_by_group(sums[there], distances.T, members[here])
    return sums


def _tile(rows: Matrix, others: Matrix, same: bool) -> NDArray[Any]:
    """Compute squared distances, in float32 where that loses nothing: where all of them are large beside the squared lengths."""
    if rows.dtype != np.float32 or is_sparse(rows):
        return squared_distances(rows, others)
    lengths, other_lengths = squared_lengths(rows), squared_lengths(others)
    squares: NDArray[Any] = rows @ (-2 * others.T)
    squares += lengths[:, np.newaxis]
    squares += other_lengths
    if same:
        np.fill_diagonal(squares, np.inf)
    if squares.min() < DOUBT * (lengths.max() + other_lengths.max()):
        return squared_distances(rows, others)
    if same:
        np.fill_diagonal(squares, 0)
    return squares


def _add_by_group(sums: NDArray[np.float64], distances: NDArray[Any], members: NDArray[np.int64]) -> None:
    groups = np.unique(members)
    sums[:, groups] += distances @ (members[:, np.newaxis] == groups).astype(distances.dtype)


def _silhouettes(sums: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compare for each row the mean distance to its own group with that to the nearest other one."""
    own, sizes = (np.arange(len(members)), members), np.bincount(members)
    within = sums[own] / np.maximum(sizes[members] - 1, 1)
    means = sums / sizes
    means[own] = np.inf
    beyond = means.min(axis=1)
    larger = np.maximum(within, beyond)
    found: NDArray[np.float64] = np.divide(beyond - within, larger, out=np.zeros(len(members)), where=larger > 0)
    found[sizes[members] == 1] = 0
    return found
