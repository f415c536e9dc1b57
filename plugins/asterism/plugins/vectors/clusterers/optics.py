"""The clusterer `optics`: an ordering of rows along which dense groups are valleys."""

import warnings
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le

from asterism.framework import Clusterer, Labels, Matrix, report_problem

from ..inheriting import inherited, one_group_for_equals
from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit, require


class OPTICS(Clusterer):
    """Order rows so that each comes after the one that it is reached from first, and cut the valleys of that order out as groups.

    Dense, shape (n_records, n_features); CSR is made dense. Ordering and groups are scikit-learn's of `OPTICS` with the same settings. A
    new row belongs to the group of the nearest training row if it lies within the core distance of that row, else to none, -1.

    Learns `ordering_`, `reachability_`, `core_distances_` and `labels_`, each (n_records,), and `n_clusters_`.

    Raises `DataError` where there are fewer records than `min_samples`, and for rows of zeros under cosine.

    Poor choice for more than some thousand records, as time grows with their square in plain Python; `hdbscan` finds the like much faster.

    Source: Ankerst, Breunig, Kriegel and Sander, "OPTICS: ordering points to identify the clustering structure", SIGMOD 1999.
    """

    min_samples: Annotated[int, Ge(2)] = 5
    """A row is as dense as this many rows, itself counted, are near to it."""
    cluster_method: Literal["xi", "dbscan"] = "xi"
    """How groups are cut out: by how steep the valleys are (xi), or at one depth (dbscan)."""
    xi: Annotated[float, Gt(0), Le(1)] = 0.05
    """How steep the side of a valley is at least, from 0 to 1; for `xi`."""
    eps: Annotated[float, Gt(0)] | None = None
    """The depth, for `dbscan`; None is the mean of the finite reachabilities."""
    min_cluster_size: Annotated[int, Ge(2)] | None = None
    """The smallest valley, for `xi`; None is `min_samples`."""
    metric: Metric = "euclidean"
    """How far two rows are from each other."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        require(max(self.min_samples, self.min_cluster_size or 0), X.shape[0], "records", f"min_samples={self.min_samples}")
        index = Neighbours.of(X, self.metric, search="exact")
        labels = self._fit_theirs(index.compared)
        self.labels_ = one_group_for_equals(index, labels)
        self.n_clusters_ = int(self.labels_.max()) + 1
        self.index_, self.notes_ = index.state(), [index.note]
        if self.n_clusters_ == 0:
            report_problem("no valley is deep enough, all records are noise; lower xi or min_samples", count=len(labels))
        return self

    def predict(self, X: Matrix) -> Labels:
        X = dense_to_apply(self, X)
        labels, far, rows = inherited(self.index_, self.labels_, X)
        return np.where(far <= self.core_distances_[rows], labels, -1)

    def _fit_theirs(self, X: Matrix) -> Labels:
        from sklearn.cluster import OPTICS as THEIR_OPTICS
        from sklearn.cluster import cluster_optics_dbscan

        # On rows of length 1, half the squared distance is the cosine one: the order is the same, and the lengths are turned into it below.
        metric = "manhattan" if self.metric == "manhattan" else "minkowski"
        theirs = THEIR_OPTICS(min_samples=self.min_samples, metric=metric, xi=self.xi, min_cluster_size=self.min_cluster_size)
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore")  # of divisions by 0 where rows are alike, and where nothing is reached
            theirs.fit(X.astype(np.float64))
        self.ordering_ = theirs.ordering_.astype(np.int64)
        self.reachability_, self.core_distances_ = theirs.reachability_, theirs.core_distances_
        if self.metric == "cosine":
            self.reachability_, self.core_distances_ = self.reachability_**2 / 2, self.core_distances_**2 / 2
        if self.cluster_method == "xi":
            return np.asarray(theirs.labels_, np.int64)
        finite = self.reachability_[np.isfinite(self.reachability_)]
        eps = self.eps if self.eps is not None else float(finite.mean()) if len(finite) else 0.0
        parts = {"reachability": self.reachability_, "core_distances": self.core_distances_, "ordering": self.ordering_}
        return np.asarray(cluster_optics_dbscan(**parts, eps=eps), np.int64)
