"""The clusterer `near_duplicates`: rows that are nearly the same, such as the hashes of a photograph and its edits."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix

from .. import hamming
from ..inheriting import by_size
from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit, require_room

Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]
"""Rows, later rows, and how far they are from each other."""


class NearDuplicates(Clusterer):
    """Put rows within `threshold` of each other into one group, and all rows that have none so near into no group, -1.

    Dense, shape (n_records, n_features); a CSR matrix is made an array. A row may hold several hashes side by side, of one length: two rows
    are then as far from each other as the nearest of their hashes. No pair is missed. A new row joins the group of the training row that is
    nearest, where that is within `threshold`.

    Learns `labels_` (n_records,), `n_clusters_`, and every pair within `threshold`: `pairs_` (n_pairs, 2), the rows of each, and
    `distances_` (n_pairs,). Of equal rows each is paired with the first of them alone.

    Raises `DataError` where the columns cannot be shared out to `n_hashes`.

    Poor choice for groups of things that are alike and not the same: chains of small steps join what lies far apart, and "complete"
    cuts them at places that may depend on the order of the rows.

    Sources: of the search by bits, Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012; of
    groups by it, Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010.
    """

    threshold: Annotated[float, Ge(0)] = 10.0
    """How far two rows may be from each other, in the units of the metric: for hamming in bits."""
    metric: Literal["hamming"] | Metric = "hamming"
    """How far two rows are from each other; "hamming" counts the columns where one is above 0.5 and the other is not."""
    n_hashes: Annotated[int, Ge(1)] = 1
    """How many hashes a row holds side by side."""
    linkage: Literal["single", "complete"] = "single"
    """What a group is: rows in a chain of steps within `threshold` ("single"), or rows all within it of each other ("complete")."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        rows, first, copy_of = self._distinct(dense_to_fit(self, X))
        self.parts_ = [self._kept(part) for part in self._parts(rows)]
        pairs = _nearest_of([self._pairs(part) for part in self._hashes(rows)])
        groups = _joined(len(rows), pairs)
        if self.linkage == "complete":
            groups = _divided(groups, pairs)
        found = by_size(_of_two_or_more(groups[copy_of]))
        self.labels_, self.row_labels_, self.n_clusters_ = found, found[first], int(found.max(initial=-1)) + 1
        self._keep(pairs, first, copy_of)
        self.notes_ = [f"{len(self.pairs_):,} pairs within {self.threshold:g}, {int((found >= 0).sum()):,} records in groups"]
        return self

    def predict(self, X: Matrix) -> Labels:
        parts = self._parts(self._compared(dense_to_apply(self, X)))
        found = [self._nearest(kept, part) for kept, part in zip(self.parts_, parts, strict=True)]
        far, rows = (np.stack(both) for both in zip(*found, strict=True))
        best = far.argmin(axis=0)[None]
        near = np.take_along_axis(far, best, 0)[0] <= self.threshold * (1 + 1e-12)
        return np.where(near, self.row_labels_[np.take_along_axis(rows, best, 0)[0]], -1)

    def _compared(self, X: NDArray[Any]) -> NDArray[Any]:
        return X > 0.5 if self.metric == "hamming" else X

    def _kept(self, part: NDArray[Any]) -> Any:
        """Return what new rows are compared with: bits in words, or the state of an index."""
        return hamming.packed(part) if self.metric == "hamming" else Neighbours.of(part, self.metric, search="exact").state()

    def _nearest(self, kept: Any, part: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        if self.metric == "hamming":
            return hamming.nearest(kept, hamming.packed(part))
        far, rows = Neighbours.restored(kept).nearest(part, 1)
        return far[:, 0], rows[:, 0]

    def _distinct(self, X: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows that differ in the order of their first copies, where these are, and which of them each row is a copy of."""
        rows, first, copy_of = np.unique(self._compared(X), axis=0, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return rows[order], first[order], np.argsort(order)[copy_of.ravel()]

    def _parts(self, rows: NDArray[Any]) -> list[NDArray[Any]]:
        """Return what new rows are compared by: all of a row, so that one that is known gets its own group, and then its hashes."""
        return [rows] if self.n_hashes == 1 else [rows, *self._hashes(rows)]

    def _hashes(self, rows: NDArray[Any]) -> list[NDArray[Any]]:
        if rows.shape[1] % self.n_hashes:
            reason = f"{rows.shape[1]} columns cannot be shared out to n_hashes={self.n_hashes}"
            raise DataError(reason, hint="give it as many hashes as the encoder makes of a record")
        return [np.ascontiguousarray(part) for part in np.split(rows, self.n_hashes, axis=1)]

    def _pairs(self, part: NDArray[Any]) -> Pairs:
        if self.metric == "hamming":
            return hamming.pairs_within(part, int(min(self.threshold, part.shape[1])))
        return _pairs_within(Neighbours.of(part, self.metric, search="exact"), self.threshold)

    def _keep(self, pairs: Pairs, first: NDArray[np.int64], copy_of: NDArray[np.int64]) -> None:
        """Keep the pairs by the numbers of the training rows, the nearest first, copies among them."""
        copies = np.flatnonzero(first[copy_of] != np.arange(len(copy_of)))
        ends = np.stack([np.r_[first[copy_of[copies]], first[pairs[0]]], np.r_[copies, first[pairs[1]]]], axis=1)
        far = np.r_[np.zeros(len(copies)), pairs[2]]
        order = np.lexsort((ends[:, 1], ends[:, 0], far))
        self.pairs_, self.distances_ = ends[order], far[order]


def _pairs_within(index: Neighbours, radius: float) -> Pairs:
    found = []
    for start, (of, _), to, far in index.pairs_within(index.rows, radius):
        later = to > of + start
        found.append((of[later] + start, to[later], far[later]))
    rows, others, far = (np.concatenate(each) for each in zip(*found, strict=True))
    return rows, others, far


def _nearest_of(found: list[Pairs]) -> Pairs:
    """Put the pairs of several hashes together, each pair at its smallest distance."""
    if len(found) == 1:
        return found[0]
    rows, others, far = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((far, others, rows))
    rows, others, far = rows[order], others[order], far[order]
    is_first = np.ones(len(rows), bool)
    is_first[1:] = (rows[1:] != rows[:-1]) | (others[1:] != others[:-1])
    return rows[is_first], others[is_first], far[is_first]


def _joined(n_rows: int, pairs: Pairs) -> Labels:
    """Number the rows by what they are joined to, directly or by way of others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = coo_matrix((np.ones(len(pairs[0]), np.int8), pairs[:2]), shape=(n_rows, n_rows))
    groups: Labels = connected_components(edges, directed=False)[1].astype(np.int64)
    return groups


def _divided(groups: Labels, pairs: Pairs) -> Labels:
    """Divide groups into such as have no two rows that are no pair, by complete linkage."""
    from scipy.cluster.hierarchy import fcluster, linkage

    divided, largest = groups * len(groups), float(pairs[2].max(initial=0.0))
    for places in _places(groups[pairs[0]]):
        rows, ends = np.unique(np.stack([side[places] for side in pairs[:2]]), return_inverse=True)
        far = _condensed(len(rows), ends.reshape(2, -1), pairs[2][places], 2 * largest + 1)
        divided[rows] += fcluster(linkage(far, "complete"), largest, "distance") - 1
    return np.unique(divided, return_inverse=True)[1].astype(np.int64)


def _places(numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return for each number the places where it stands."""
    order = np.argsort(numbers, kind="stable")
    begins = np.unique(numbers[order], return_index=True)[1]
    return np.split(order, begins)[1:]  # what comes before the first is empty


def _condensed(n_rows: int, ends: NDArray[np.int64], far: NDArray[Any], otherwise: float) -> NDArray[np.float64]:
    """Return the distances of all pairs in SciPy's form; those of other pairs than the given ones are `otherwise`."""
    n_pairs = n_rows * (n_rows - 1) // 2
    require_room(
        8 * n_pairs, f"the distances of {n_rows:,} records of one chain to each other", hint="lower `threshold`, or take linkage: single"
    )
    found = np.full(n_pairs, otherwise)
    found[n_rows * ends[0] - ends[0] * (ends[0] + 1) // 2 + ends[1] - ends[0] - 1] = far
    return found


def _of_two_or_more(groups: Labels) -> Labels:
    """Put the rows of groups of one into none, -1."""
    return np.where(np.bincount(groups)[groups] > 1, groups, -1)
