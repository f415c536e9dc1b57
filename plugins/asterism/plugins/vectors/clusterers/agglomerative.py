"""The clusterer `agglomerative`: groups that are joined, the nearest two first, until few enough are left."""

from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix

from ..counts import Criterion, learn_count
from ..dendrogram import cut
from ..inheriting import by_size, inherited, one_group_for_equals
from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit, require, require_room

THEIR_NAMES = {"euclidean": "euclidean", "cosine": "cosine", "manhattan": "cityblock"}


class Agglomerative(Clusterer):
    """Join the two nearest groups again and again, from single rows on, and stop at a number of groups or at a distance.

    Dense, shape (n_records, n_features); CSR is made dense. The groups are scikit-learn's of `AgglomerativeClustering` with the same
    settings, numbered by falling size. A new row joins the group of the nearest training row.

    Learns `linkage_`, the dendrogram in SciPy's form, shape (n_records - 1, 4), `labels_` (n_records,), `n_clusters_`, and where the
    count is "auto" `criterion_curve_`: a row (count, score) for each count tried.

    Raises `DataError` where there are fewer records than clusters, or where the distances of all records to each other have no room.

    Poor choice for many records: time and memory grow with the square of their number, 20,000 take 1.6 GB. And with `single` linkage
    where groups touch: a chain of rows between two makes them one.

    Sources: Ward, "Hierarchical grouping to optimize an objective function", 1963; Müllner, "Modern hierarchical, agglomerative clustering
    algorithms", 2011.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] | None = "auto"
    """How many groups; "auto" picks the count from 2 to 50 that `criterion` prefers on at most 2,500 records; None: see the next field."""
    distance_threshold: Annotated[float, Gt(0)] | None = None
    """Groups farther from each other than this are not joined; only with `n_clusters: null`."""
    criterion: Criterion = "silhouette"
    """What "auto" chooses by."""
    linkage: Literal["ward", "complete", "average", "single"] = "ward"
    """Distance of two groups: growth of the squared distances to the mean (ward), or the largest, mean or smallest between their rows."""
    metric: Metric = "euclidean"
    """Distance of two rows; `ward` has the Euclidean one alone."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        self._check(X)
        index = Neighbours.of(X, self.metric, search="exact")  # refuses rows of zeros under cosine
        self.linkage_ = self._joined(X)
        labels = cut(self.linkage_, self._count(X))
        self.labels_ = by_size(one_group_for_equals(index, labels))
        self.n_clusters_ = int(self.labels_.max()) + 1
        self.index_ = index.state()
        return self

    def predict(self, X: Matrix) -> Labels:
        X = dense_to_apply(self, X)
        return inherited(self.index_, self.labels_, X)[0]

    def _check(self, X: Matrix) -> None:
        if (self.n_clusters is None) == (self.distance_threshold is None):
            raise DataError(
                f"one of n_clusters={self.n_clusters!r} and distance_threshold={self.distance_threshold} decides where to stop",
                hint="set the other one to null",
            )
        if self.linkage == "ward" and self.metric != "euclidean":
            raise DataError(f"linkage='ward' has Euclidean distances (got metric='{self.metric}')", hint="take 'average' or 'complete'")
        n_rows = X.shape[0]
        what = f"the distances of {n_rows:,} records to each other"
        require_room(8 * n_rows * (n_rows - 1) // 2, what, hint="take kmeans or bisecting_kmeans, which need none")

    def _joined(self, X: Matrix) -> NDArray[np.float64]:
        from scipy.cluster.hierarchy import linkage

        found: NDArray[np.float64] = linkage(np.asarray(X, np.float64), self.linkage, THEIR_NAMES[self.metric])
        return found

    def _count(self, X: Matrix) -> int:
        """Return how many groups to stop at."""
        if self.distance_threshold is not None:
            return 1 + int(np.count_nonzero(self.linkage_[:, 2] >= self.distance_threshold))
        learn_count(self, X, lambda rows, count: cut(self._joined(rows), count))
        count = int(self.n_clusters_)
        require(count, X.shape[0], "records", f"n_clusters={count}")
        return count
