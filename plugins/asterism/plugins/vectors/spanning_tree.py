"""The minimum spanning tree of rows by mutual reachability, and the order in which its edges join them.

Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density estimates", PAKDD 2013. Prim's algorithm over a
table of distances made by one product of matrices; where the table has no room, a product with one row at each step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .neighbours import Neighbours
from .pairs import distances, power_of, powers, squared_lengths

TABLE_BYTES = 2**30
"""A table of all squared distances takes at most this much: 11,585 rows in float64, 16,384 in float32."""


def core_distances(index: Neighbours, min_samples: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each row's distance to its `min_samples`-th nearest row, itself counted, and the first row that is equal to it."""
    far, rows = index.nearest(index.rows, min_samples)
    return far[:, -1], np.where(far[:, 0] == 0, rows[:, 0], np.arange(len(rows)))


def spanning_tree(index: Neighbours, cores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the edges of the tree, shape (n - 1, 2), and their lengths, shortest first.

    An edge is as long as the two rows are apart, or as the larger of their core distances.
    """
    rows = index.compared
    edges = _prim(_distances_from(rows, index.metric), power_of(cores, index.metric))
    lengths = distances(powers(rows, rows, edges[:, 0], edges[:, 1], index.metric), index.metric)
    lengths = np.maximum(lengths, np.maximum(cores[edges[:, 0]], cores[edges[:, 1]]))
    order = np.argsort(lengths)  # as scikit-learn sorts them, so that equal edges join in its order
    return edges[order], lengths[order]


def single_linkage(edges: NDArray[np.int64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join rows along sorted edges: the dendrogram in SciPy's form, shape (n - 1, 4)."""
    n_rows = len(edges) + 1
    parents, tops, sizes = list(range(n_rows)), list(range(n_rows)), [1] * n_rows
    joined = np.empty((n_rows - 1, 4))

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = row = parents[parents[row]]
        return row

    for number, (one, other) in enumerate(edges.tolist()):
        one, other = root(one), root(other)
        small, large = (one, other) if sizes[one] <= sizes[other] else (other, one)
        sizes[large] += sizes[small]
        joined[number] = tops[one], tops[other], lengths[number], sizes[large]
        parents[small], tops[large] = large, n_rows + number
    return joined


def _prim(distances_from: Callable[[int], NDArray[Any]], near: NDArray[np.float64]) -> NDArray[np.int64]:
    """Grow the tree from row 0, each time by the row that is nearest to it; in squared distances, as every step only compares."""
    n_rows = len(near)
    best, source = np.full(n_rows, np.inf), np.zeros(n_rows, np.int64)
    outside = near.copy()  # infinite for the rows that are in the tree
    edges, row, reach = np.empty((n_rows - 1, 2), np.int64), 0, np.empty(n_rows)
    for number in range(n_rows - 1):
        outside[row] = best[row] = np.inf
        np.maximum(distances_from(row), outside, out=reach)
        np.maximum(reach, near[row], out=reach)
        closer = np.flatnonzero(reach < best)
        best[closer], source[closer] = reach[closer], row
        row = int(best.argmin())
        edges[number] = source[row], row
    return edges


def _distances_from(rows: Any, metric: str) -> Callable[[int], NDArray[Any]]:
    """Return the function that gives the squared distances of a row to all rows; from a table, where that has room."""
    if metric == "manhattan":
        return lambda row: np.abs(rows - rows[row]).sum(axis=1)
    rows = rows.astype(np.float64) - rows.mean(axis=0)  # far from the origin, products lose the differences
    lengths = squared_lengths(rows)
    size = len(rows) ** 2
    dtype = np.float64 if 8 * size <= TABLE_BYTES else np.float32
    if dtype().itemsize * size > TABLE_BYTES:
        return lambda row: np.maximum(lengths + lengths[row] - 2 * (rows @ rows[row]), 0.0)
    near = rows.astype(dtype)
    table = near @ near.T
    table *= -2
    table += lengths.astype(dtype)
    table += lengths.astype(dtype)[:, np.newaxis]
    np.maximum(table, 0, out=table)
    return lambda row: table[row]
