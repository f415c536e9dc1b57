"""The clusterer `dbscan`: rows that many others are near to, and what is near to them."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, TypeAlias

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, report_problem

from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import require, rows_to_apply, rows_to_fit

MOST_PAIRS = 2**23
"""Up to so many pairs of near rows are kept (128 MiB); where there are more, those of core rows are searched again."""

Pairs: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Numbers of rows, and of rows near them."""


class DBSCAN(Clusterer):
    """Rows with `min_samples` rows within `eps` are core rows; core rows within `eps` of each other are one group.

    Dense or CSR, shape (n_records, n_features). Core rows, their groups and the noise are scikit-learn's of `DBSCAN` with the same
    settings. Every other row, of the training or new, belongs to the group of the nearest core row within `eps`, or to none, -1;
    scikit-learn leaves it to the order of the rows which of several groups a row on the border gets.

    Learns `labels_` (n_records,), `core_sample_indices_`, `core_labels_` (n_core,), `n_clusters_`, `eps_`.

    Raises `DataError` where there are fewer records than `min_samples`, and for rows of zeros under cosine.

    Poor choice where groups are of different densities, for one `eps` does not suit all: `hdbscan` finds such. And in many columns, where
    distances differ little.

    Source: Ester, Kriegel, Sander and Xu, "A density-based algorithm for discovering clusters in large spatial databases with noise", KDD
    1996.
    """

    eps: Annotated[float, Gt(0)] | Literal["auto"] = "auto"
    """Radius of a neighbourhood; "auto" takes the knee of the sorted distances to the `min_samples`-th nearest row."""
    min_samples: Annotated[int, Ge(1)] = 5
    """How many rows within `eps`, itself counted, make a core row."""
    metric: Metric = "euclidean"
    """How far two rows are from each other."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        require(self.min_samples, X.shape[0], "records", f"min_samples={self.min_samples}")
        index = Neighbours.of(X, self.metric)
        self.eps_ = self._knee(index) if self.eps == "auto" else float(self.eps)
        counts, pairs = self._count(index)
        self.core_sample_indices_ = np.flatnonzero(counts >= self.min_samples)
        self.core_labels_, self.index_ = self._grouped(X[self.core_sample_indices_], pairs)
        self.n_clusters_ = int(self.core_labels_.max(initial=-1)) + 1
        self.notes_ = [f"eps {self.eps_:.4g}, {len(self.core_labels_):,} of {X.shape[0]:,} records are core rows", index.note]
        self.labels_ = self._labels(X)
        if self.n_clusters_ == 0:
            report_problem(
                f"no record has min_samples={self.min_samples} records within eps={self.eps_:.4g}, all are noise; raise eps, "
                "or lower min_samples",
                count=X.shape[0],
            )
        return self

    def predict(self, X: Matrix) -> Labels:
        return self._nearest_core(rows_to_apply(self, X))

    def _nearest_core(self, X: Matrix) -> Labels:
        if self.n_clusters_ == 0:
            return np.full(X.shape[0], -1)
        far, rows = Neighbours.restored(self.index_).nearest(X, 1)
        return np.where(far[:, 0] <= self.eps_ * (1 + 1e-12), self.core_labels_[rows[:, 0]], -1)

    def _labels(self, X: Matrix) -> Labels:
        """Label the training rows: core rows have their groups, the others are looked up."""
        labels, others = np.full(X.shape[0], -1), np.ones(X.shape[0], bool)
        labels[self.core_sample_indices_], others[self.core_sample_indices_] = self.core_labels_, False
        labels[others] = self._nearest_core(X[others])
        return labels

    def _count(self, index: Neighbours) -> tuple[NDArray[np.int64], list[Pairs]]:
        """Count the rows within `eps_` of each row; return the pairs of them too, but none where they are many."""
        counts, pairs, n_pairs = list[NDArray[np.int64]](), list[Pairs](), 0
        for first, (of, n_queries), to, _ in index.pairs_within(index.rows, self.eps_):
            counts.append(np.bincount(of, minlength=n_queries))
            n_pairs += len(to)
            pairs = [*pairs, (of + first, to)] if n_pairs <= MOST_PAIRS else []
        return np.concatenate(counts), pairs

    def _grouped(self, rows: Matrix, pairs: list[Pairs]) -> tuple[Labels, dict[str, Any]]:
        """Return the groups of core rows, and the index of these rows."""
        if rows.shape[0] == 0:
            return np.empty(0, np.int64), {}
        core = Neighbours.of(rows, self.metric)
        return self._connected(core, pairs), core.state()

    def _connected(self, core: Neighbours, pairs: list[Pairs]) -> Labels:
        """Number the groups of core rows by their first row; a few edges at a time, so that a large `eps` needs little room."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        n_core = core.rows.shape[0]
        groups = np.arange(n_core)
        for of, to in self._edges(core, pairs):
            edges = coo_matrix((np.ones(len(of), np.int8), (groups[of], groups[to])), shape=(n_core, n_core))
            groups = connected_components(edges, directed=False)[1][groups].astype(np.int64)
        return _by_first_row(groups)

    def _edges(self, core: Neighbours, pairs: list[Pairs]) -> Iterator[Pairs]:
        """Yield the pairs of core rows within `eps_`, by their numbers among the core rows: from all pairs, or searched again."""
        if not pairs:
            yield from ((of + first, to) for first, (of, _), to, _ in core.pairs_within(core.rows, self.eps_))
            return
        number = np.full(1 + max(int(of.max(initial=0)) for of, _ in pairs), -1)  # each row is near itself
        number[self.core_sample_indices_] = np.arange(len(self.core_sample_indices_))
        for of, to in pairs:
            both = (number[of] >= 0) & (number[to] >= 0)
            yield number[of[both]], number[to[both]]

    def _knee(self, index: Neighbours) -> float:
        """Find where the sorted distances lie farthest below the line from their first to their last (Satopaa et al., "Kneedle", 2011)."""
        far = np.sort(index.nearest(index.rows, self.min_samples)[0][:, -1])
        line = np.linspace(far[0], far[-1], len(far))
        knee = float(far[(line - far).argmax()])
        return knee or float(far[-1]) or 1.0  # 0 where all records are alike: any radius will do


def _by_first_row(groups: NDArray[np.int64]) -> Labels:
    """Number groups in the order of their first rows."""
    _, first, own = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[own]
