"""How well groups of any shape lie apart: each is as dense inside, along the tree that connects it, as nowhere between it and others."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, on_request

from .distances import sample, squared_distances

SAMPLE = 5_000
"""Above this many records in groups it is that of a sample of so many: all distances inside a group are in memory at once, 200 MB for one
group of all."""
BLOCK = 500
"""Distances between groups are in memory for so many records at a time."""
TIED = 1e-5
"""Reachabilities that differ by a smaller share are equal, as in the package hdbscan: many are, since dense records share theirs."""


@on_request
def dbcv(labels: Labels, matrix: Matrix) -> float | None:
    """Return the density-based validation: groups of any shape denser than what is between them, 1 best to -1.

    Moulavi et al., "Density-based clustering validation", SDM 2014. Records of group -1 count in full, as those that are in no good group;
    so does the record of a group of one. Above 5,000 records in groups it is that of a sample. None where there are fewer than two groups
    of two records or more.
    """
    grouped = np.flatnonzero(np.asarray(labels) >= 0)
    rows = grouped[sample(len(grouped), SAMPLE)]
    members = [rows[labels[rows] == group] for group in np.unique(labels[rows])]
    groups = [_Group.of(matrix, own) for own in members if len(own) > 1]
    if len(groups) < 2:
        return None
    sizes, sparseness = np.array([group.size for group in groups]), np.array([group.longest for group in groups])
    separations = _separations(matrix, groups)
    larger = np.maximum(sparseness, separations)
    validity = np.divide(separations - sparseness, larger, out=np.zeros(len(groups)), where=larger > 0)
    return float(sizes @ validity / len(rows) * len(grouped) / len(labels))


@dataclass
class _Group:
    """What a group is compared by: the records inside its tree, and the longest step between them."""

    size: int
    inner: NDArray[np.int64]
    """Rows of the matrix that are no leaves of the tree."""
    cores: NDArray[np.float64]
    """Their core distances: how sparse the group is around each."""
    longest: float

    @classmethod
    def of(cls, matrix: Matrix, rows: NDArray[np.int64]) -> Self:
        reach, cores = _reachability(matrix[rows])
        inner, longest = _inner_tree(reach)
        return cls(len(rows), rows[inner], cores[inner], longest)


def _reachability(rows: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distances of the rows of a group to each other, none less than the core distances of both, and these."""
    n = rows.shape[0]
    reach, cores = np.empty((n, n)), np.empty(n)
    for first in range(0, n, BLOCK):
        part = slice(first, first + BLOCK)
        reach[part] = np.sqrt(squared_distances(rows[part], rows))
        cores[part] = _core_distances(reach[part], rows.shape[1])
    np.maximum(reach, cores, out=reach)
    np.maximum(reach, cores[:, np.newaxis], out=reach)
    return reach, cores


def _core_distances(distances: NDArray[np.float64], n_columns: int) -> NDArray[np.float64]:
    """Average the distances from each row to all others, inverted and to the power of the columns; copies of it count as far away."""
    from scipy.special import logsumexp

    with np.errstate(divide="ignore"):  # the distance of a row to itself and to its copies is 0
        inverted = np.where(distances > 0, -n_columns * np.log(distances), -np.inf)
    logs = logsumexp(inverted, axis=1) - np.log(distances.shape[1] - 1)
    return np.where(np.isfinite(logs), np.exp(-logs / n_columns), 0.0)  # nothing but copies: 0


def _inner_tree(reach: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """Find the rows that are no leaves of the minimum spanning tree, and its longest edge between such (where there is none, of all)."""
    parents, children, lengths = _tree(reach)
    degrees = np.bincount(np.concatenate([parents, children]))
    inner = degrees > 1
    between = inner[parents] & inner[children]
    longest = lengths[between] if between.any() else lengths
    return (np.flatnonzero(inner) if inner.any() else np.array([0])), float(longest.max())


def _tree(reach: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Grow the minimum spanning tree from the first row (Prim 1957): both ends and the length of each edge. Of ties, the first row."""
    n = len(reach)
    parents, children, lengths = np.zeros(n - 1, np.int64), np.zeros(n - 1, np.int64), np.zeros(n - 1)
    joined, nearest = np.zeros(n, bool), np.full(n, np.inf)
    new = 0
    for step in range(n - 1):
        joined[new] = True
        np.minimum(nearest, reach[new], out=nearest)
        nearest[joined] = np.inf
        new = int(nearest.argmin())
        children[step], lengths[step] = new, nearest[new]
        parents[step] = (joined & (np.abs(reach[new] - nearest[new]) <= TIED * nearest[new])).argmax()
    return parents, children, lengths


def _separations(matrix: Matrix, groups: list[_Group]) -> NDArray[np.float64]:
    """Return for each group the least reachability between its inner records and those of any other."""
    rows, cores = np.concatenate([group.inner for group in groups]), np.concatenate([group.cores for group in groups])
    owners = np.repeat(np.arange(len(groups)), [len(group.inner) for group in groups])
    inner, least = matrix[rows], np.full(len(groups), np.inf)
    for first in range(0, len(rows), BLOCK):
        part = slice(first, first + BLOCK)
        reach = np.maximum(np.sqrt(squared_distances(inner[part], inner)), np.maximum(cores[part, np.newaxis], cores))
        reach[owners[part, np.newaxis] == owners] = np.inf
        np.minimum.at(least, owners[part], reach.min(axis=1))
    return least
