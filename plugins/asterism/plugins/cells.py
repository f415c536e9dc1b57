"""An inverted file: rows are divided among cells around centres, and only the cells nearest to a query are searched.

Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 2011 (the inverted file without the quantization).
Queries are answered cell by cell, by products of matrices. Neighbours of rows and recommendations from large catalogues are looked for so.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROWS_PER_CENTRE = 40
"""Rows of the sample that each centre is found on."""
SHARE_SEARCHED = 1 / 20
"""Share of the cells that a query looks into."""


class Cells(NamedTuple):
    """How rows are divided."""

    centres: NDArray[np.float32]
    members: NDArray[np.int64]
    """The rows, cell by cell."""
    starts: NDArray[np.int64]
    """Where each cell begins in `members`; one entry more than there are cells."""
    n_probes: int
    """Cells that a query looks into."""


def divide(rows: NDArray[Any], random_state: int) -> Cells:
    """Divide rows, shape (n, n_features), among about the root of n cells by a few rounds of k-means on a sample."""
    from sklearn.cluster import KMeans

    n_cells = int(np.sqrt(len(rows)))
    random = np.random.RandomState(random_state)
    sample = rows[np.sort(random.choice(len(rows), min(len(rows), ROWS_PER_CENTRE * n_cells), replace=False))]
    means = KMeans(n_cells, n_init=1, init="random", max_iter=8, random_state=random_state).fit(sample)
    centres, own = means.cluster_centers_, means.predict(rows)
    members = np.argsort(own, kind="stable")
    starts = np.searchsorted(own[members], np.arange(n_cells + 1))
    return Cells(centres.astype(np.float32), members, starts, max(1, round(SHARE_SEARCHED * n_cells)))


def search(cells: Cells, rows: NDArray[Any], X: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Return `k` rows for each row of X that are probably the nearest, in no order."""
    probes = _probes(cells, X, k)
    found = _Best(len(X), k)
    lengths = np.einsum("ij,ij->i", rows, rows)
    for cell in np.unique(probes):
        of = np.flatnonzero((probes == cell).any(axis=1))
        members = cells.members[cells.starts[cell] : cells.starts[cell + 1]]
        if len(members):
            found.offer(of, members, lengths[members] - 2 * (X[of] @ rows[members].T))
    return found.rows


def _probes(cells: Cells, X: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Choose the nearest cells of each query, enough of them to hold `k` rows."""
    sizes = np.diff(cells.starts)
    enough = int(np.searchsorted(np.cumsum(np.sort(sizes)), k)) + 1
    n_probes = min(len(sizes), max(cells.n_probes, enough))
    distances = np.einsum("ij,ij->i", cells.centres, cells.centres) - 2 * (X @ cells.centres.T)
    return np.argpartition(distances, n_probes - 1, axis=1)[:, :n_probes]


class _Best:
    """The best candidates of each query so far."""

    def __init__(self, n_queries: int, k: int) -> None:
        self.k = k
        self.values = np.full((n_queries, k), np.inf)
        self.rows = np.zeros((n_queries, k), np.int64)

    def offer(self, of: NDArray[np.int64], members: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Take members of a cell, of shape (n_members,), with their values for the queries `of`."""
        if len(members) > self.k:
            best = np.argpartition(values, self.k - 1, axis=1)[:, : self.k]
            values, offered = np.take_along_axis(values, best, axis=1), members[best]
        else:
            offered = np.broadcast_to(members, values.shape)
        both, rows = np.hstack([self.values[of], values]), np.hstack([self.rows[of], offered])
        best = np.argpartition(both, self.k - 1, axis=1)[:, : self.k]
        self.values[of], self.rows[of] = np.take_along_axis(both, best, axis=1), np.take_along_axis(rows, best, axis=1)
