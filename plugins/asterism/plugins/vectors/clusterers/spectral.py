"""The clusterer `spectral`: groups of a graph of neighbours, whatever their shape."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt

from asterism.framework import Clusterer, Labels, Matrix, report_problem

from ..counts import Criterion, learn_count
from ..inheriting import by_size, inherited, one_group_for_equals
from ..neighbours import Neighbours
from ..rows import require, require_room, rows_to_apply, rows_to_fit


class Spectral(Clusterer):
    """Cut a graph of neighbouring rows where few of its edges run, in the space of its first eigenvectors.

    Dense or CSR, shape (n_records, n_features). The groups are scikit-learn's of `SpectralClustering` with the same settings and seed,
    numbered by falling size. A new row joins the group of the nearest training row.

    Learns `labels_` (n_records,), `n_clusters_`, and where the count is "auto" `criterion_curve_`.

    Raises `DataError` where there are not more records than clusters.

    Poor choice for more than some ten thousand records, whose eigenvectors take minutes, and where the graph falls into more parts
    than there are groups; that is reported.

    Sources: Ng, Jordan and Weiss, "On spectral clustering", NIPS 2001; von Luxburg, "A tutorial on spectral clustering", 2007; Damle,
    Minden and Ying, "Simple, direct and efficient multi-way spectral clustering", 2019.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many groups; "auto" picks the count from 2 to 50 that `criterion` prefers on at most 2,500 records."""
    criterion: Criterion = "silhouette"
    """What "auto" chooses by."""
    affinity: Literal["nearest_neighbors", "rbf"] = "nearest_neighbors"
    """Which rows are joined by an edge: each and its nearest ones, or all, with weights exp(-gamma d^2)."""
    n_neighbors: Annotated[int, Ge(1)] = 10
    """How many rows each is joined with, itself counted."""
    gamma: Annotated[float, Gt(0)] = 1.0
    """How fast the weights of `rbf` fall."""
    assign_labels: Literal["cluster_qr", "kmeans", "discretize"] = "cluster_qr"
    """How groups are read off the eigenvectors; `cluster_qr` makes no random choice."""
    random_state: int = 0
    """Seed of the eigenvectors' start."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        if self.affinity == "rbf":
            n_rows = X.shape[0]
            what = f"the weights between {n_rows:,} records"
            require_room(16 * n_rows**2, what, hint="take affinity='nearest_neighbors', which joins few of them")
        learn_count(self, X, self._group)
        require(self.n_clusters_ + 1, X.shape[0], "records", f"n_clusters={self.n_clusters_} by eigenvectors")
        if self.affinity == "nearest_neighbors" and self.n_neighbors > X.shape[0]:
            report_problem(f"n_neighbors={self.n_neighbors} is lowered to {X.shape[0]}, the number of records")
        index = Neighbours.of(X, search="exact")
        self.labels_ = by_size(one_group_for_equals(index, self._grouped(X, self.n_clusters_)))
        self.index_ = index.state()
        self.notes_.append(index.note)
        return self

    def predict(self, X: Matrix) -> Labels:
        X = rows_to_apply(self, X)
        return inherited(self.index_, self.labels_, X)[0]

    def _group(self, X: Matrix, n_clusters: int) -> Labels:
        """Group for a trial of a count, about which nothing is reported."""
        return self._theirs(X, n_clusters)[0]

    def _grouped(self, X: Matrix, n_clusters: int) -> Labels:
        labels, told = self._theirs(X, n_clusters)
        if any("not fully connected" in text for text in told):
            report_problem("the graph of neighbours falls into several parts, which are groups before any cut; raise n_neighbors")
        if (found := len(np.unique(labels))) < n_clusters:
            report_problem(f"groups without records: {n_clusters - found} of n_clusters={n_clusters}", count=n_clusters - found)
        return labels

    def _theirs(self, X: Matrix, n_clusters: int) -> tuple[Labels, list[str]]:
        from sklearn.cluster import SpectralClustering

        if n_clusters == 1 or X.shape[0] <= n_clusters:
            return np.arange(X.shape[0]) % n_clusters, []
        options: dict[str, Any] = {name: getattr(self, name) for name in ("affinity", "gamma", "assign_labels", "random_state")}
        theirs = SpectralClustering(n_clusters, n_neighbors=min(self.n_neighbors, X.shape[0]), **options)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            labels: Labels = theirs.fit_predict(X).astype(np.int64)
        return labels, [str(warning.message) for warning in told]
