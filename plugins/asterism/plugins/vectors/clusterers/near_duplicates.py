"""The clusterer `near_duplicates`: rows that are nearly the same, such as the hashes of a photograph and its edits."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix

from ..inheriting import by_size
from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows, later rows, and how far they are from each other."""


class NearDuplicates(Clusterer):
    """Put rows within `threshold` of each other, directly or by way of others, into one group; all other rows into none, -1.

    Dense, shape (n_records, n_features); a CSR matrix is made an array. A row may hold several hashes side by side, of one length: two rows
    are then as far from each other as the nearest of their hashes. Every pair is compared. A new row joins the group of the training
    row that is nearest, where that is within `threshold`.

    Learns `labels_` (n_records,), `n_clusters_`, and every pair within `threshold`: `pairs_` (n_pairs, 2), the rows of each, and
    `distances_` (n_pairs,). Of equal rows each is paired with the first of them alone.

    Raises `DataError` where the columns cannot be shared out to `n_hashes`.

    Poor choice for groups of things that are alike and not the same: chains of small steps join what lies far apart.

    Source: of the search by bits, Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010.
    """

    threshold: Annotated[float, Ge(0)] = 10.0
    """How far two rows may be from each other, in the units of the metric: for hamming in bits."""
    metric: Literal["hamming"] | Metric = "hamming"
    """How far two rows are from each other; "hamming" counts the columns where one is above 0.5 and the other is not."""
    n_hashes: Annotated[int, Ge(1)] = 1
    """How many hashes a row holds side by side."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        rows, first, copy_of = self._distinct(dense_to_fit(self, X))
        self.parts_ = [Neighbours.of(part, self._inner, search="exact").state() for part in self._parts(rows)]
        pairs = self._pairs()
        found = by_size(_of_two_or_more(self._joined(len(rows), pairs)[copy_of]))
        self.labels_, self.row_labels_, self.n_clusters_ = found, found[first], int(found.max(initial=-1)) + 1
        self._keep(pairs, first, copy_of)
        self.notes_ = [f"{len(self.pairs_):,} pairs within {self.threshold:g}, {int((found >= 0).sum()):,} records in groups"]
        return self

    def predict(self, X: Matrix) -> Labels:
        X = dense_to_apply(self, X)
        nearest = [
            Neighbours.restored(state).nearest(part, 1) for state, part in zip(self.parts_, self._parts(self._compared(X)), strict=True)
        ]
        far = self._in_units(np.stack([distances[:, 0] for distances, _ in nearest]))
        rows = np.stack([found[:, 0] for _, found in nearest])
        best = far.argmin(axis=0)[None]
        near = np.take_along_axis(far, best, 0)[0] <= self.threshold * (1 + 1e-12)
        return np.where(near, self.row_labels_[np.take_along_axis(rows, best, 0)[0]], -1)

    @property
    def _inner(self) -> Metric:
        """The squared length of a difference of bits is the number of bits that differ."""
        return "euclidean" if self.metric == "hamming" else self.metric

    def _in_units(self, far: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(far**2) if self.metric == "hamming" else far

    def _compared(self, X: NDArray[Any]) -> NDArray[Any]:
        return (X > 0.5).astype(np.float32) if self.metric == "hamming" else X

    def _distinct(self, X: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows that differ in the order of their first copies, where these are, and which of them each row is a copy of."""
        rows, first, copy_of = np.unique(self._compared(X), axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return rows[order], first[order], np.argsort(order)[copy_of.ravel()]

    def _parts(self, rows: NDArray[Any]) -> list[NDArray[Any]]:
        if rows.shape[1] % self.n_hashes:
            reason = f"{rows.shape[1]} columns cannot be shared out to n_hashes={self.n_hashes}"
            raise DataError(reason, hint="give it as many hashes as the encoder makes of a record")
        return [np.ascontiguousarray(part) for part in np.split(rows, self.n_hashes, axis=1)]

    def _pairs(self) -> Pairs:
        """Find the pairs of different rows by each part, and of each pair the nearest."""
        radius = np.sqrt(self.threshold) if self.metric == "hamming" else self.threshold
        found = []
        for state in self.parts_:
            index = Neighbours.restored(state)
            for start, (of, _), to, far in index.pairs_within(index.rows, radius):
                later = to > of + start
                found.append((of[later] + start, to[later], self._in_units(far[later])))
        rows, others, far = (np.concatenate([pairs[place] for pairs in found]) for place in range(3))
        order = np.lexsort((far, others, rows))
        rows, others, far = rows[order], others[order], far[order]
        is_first = np.concatenate([[True], (rows[1:] != rows[:-1]) | (others[1:] != others[:-1])])[: len(rows)]
        return rows[is_first], others[is_first], far[is_first]

    def _joined(self, n_rows: int, pairs: Pairs) -> Labels:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        edges = coo_matrix((np.ones(len(pairs[0]), np.int8), pairs[:2]), shape=(n_rows, n_rows))
        groups: Labels = connected_components(edges, directed=False)[1].astype(np.int64)
        return groups

    def _keep(self, pairs: Pairs, first: NDArray[np.int64], copy_of: NDArray[np.int64]) -> None:
        """Keep the pairs by the numbers of the training rows, the nearest first, copies among them."""
        copies = np.flatnonzero(first[copy_of] != np.arange(len(copy_of)))
        ends = np.stack([np.r_[first[copy_of[copies]], first[pairs[0]]], np.r_[copies, first[pairs[1]]]], axis=1)
        far = np.r_[np.zeros(len(copies)), pairs[2]]
        order = np.lexsort((ends[:, 1], ends[:, 0], far))
        self.pairs_, self.distances_ = ends[order], far[order]


def _of_two_or_more(groups: Labels) -> Labels:
    """Put the rows of groups of one into none, -1."""
    return np.where(np.bincount(groups)[groups] > 1, groups, -1)
