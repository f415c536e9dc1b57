"""The detector `hdbscan_outlier`: how early a row leaves the dense group that it lies in."""

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge

from asterism.framework import Matrix, Scores

from ..condensed_tree import deaths_below, glosh, outlier_scores
from ..density_tree import DensityTree
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit, require
from .detector import Detector


class HDBSCANOutlier(Detector):
    """Score a row by how much less dense it is than the densest part of its group (GLOSH): 0 in the core, near 1 far out.

    Dense, shape (n_records, n_features), to float64, shape (n_records,); CSR is made dense. The hierarchy is that of `hdbscan` with the
    same `min_cluster_size` and `min_samples`; the scores are those of the package hdbscan (whose `min_samples` does not count the row
    itself, so it is one less). A new row is scored at the density where it would join the hierarchy, a copy of a training row as that row.

    Learns `density_tree_`, `scores_` and `threshold_`. Raises `DataError` where there are fewer records than `min_samples`.

    Poor choice where outliers lie close together, for they make a dense group of their own unless `min_cluster_size` is larger than it, and
    where columns are many: with `min_cluster_size` 5 and 50 the ROC-AUC is 0.67 and 0.99 on breastw, 0.49 and 0.87 on cardio, 0.41 and 0.12
    on musk, 0.53 and 0.51 on pendigits, 0.55 and 0.95 on thyroid (ADBench, 2022). Time grows with the square of the number of records.

    Source: Campello, Moulavi, Zimek and Sander, "Hierarchical density estimates for data clustering, visualization, and outlier detection",
    ACM TKDD 2015.
    """

    min_cluster_size: Annotated[int, Ge(2)] = 5
    """The smallest number of records that is called a group; fewer can only be outliers of another one."""
    min_samples: Annotated[int, Ge(1)] | None = None
    """A row is as dense as this many rows, itself counted, are near to it; None is `min_cluster_size`."""
    metric: Metric = "euclidean"
    """How far two rows are from each other."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        min_samples = self.min_samples or self.min_cluster_size
        require(min_samples, X.shape[0], "records", f"min_samples={min_samples}")
        grown = DensityTree.of(X, self.min_cluster_size, min_samples, self.metric)
        self.density_tree_ = grown.state()
        self._finish(outlier_scores(grown.tree)[grown.same_as])
        self.notes_.append(grown.index.note)
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        X = dense_to_apply(self, X)
        grown = DensityTree.restored(self.density_tree_)
        copies, group, density = grown.place(X)
        return np.where(copies >= 0, self.scores_[copies], glosh(density, deaths_below(grown.tree)[group]))
