"""The clusterer `hdbscan`: dense groups of any shape and of different densities."""

from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, report_problem

from ..condensed_tree import kept_group, select
from ..density_tree import DensityTree
from ..pairs import Metric
from ..rows import dense_to_apply, dense_to_fit, require


class HDBSCAN(Clusterer):
    """Keep the groups of rows that stay together over the longest range of densities; rows of no such group are noise, -1.

    Dense, shape (n_records, n_features); CSR is made dense. Labels and probabilities are those of scikit-learn's `HDBSCAN` with the same
    settings. A new row belongs to the group of the training row that it reaches first, if that group exists at the density where it
    does (as hdbscan's `approximate_predict`), else it is noise; a copy of a training row is what that row was.

    Learns `labels_` (n_records,), `probabilities_` (n_records,) how deep in its group each row lies, 1 for the densest and 0 for noise,
    `n_clusters_`, and `density_tree_` with the condensed tree.

    Raises `DataError` where there are fewer records than `min_cluster_size` or `min_samples`.

    Poor choice where groups touch, or where columns are many: distances then differ little, and most rows become noise. Put `umap` or
    `pca` before it, or take `kmeans`. Time grows with the square of the number of records.

    Sources: Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density estimates", PAKDD 2013; Malzer and
    Baum, "A hybrid approach to hierarchical density-based cluster selection", MFI 2020.
    """

    min_cluster_size: Annotated[int, Ge(2)] = 5
    """The smallest number of records that is called a group."""
    min_samples: Annotated[int, Ge(1)] | None = None
    """A row is as dense as this many rows, itself counted, are near to it; None is `min_cluster_size`. More: more noise."""
    cluster_selection_method: Literal["eom", "leaf"] = "eom"
    """Which groups to keep: those that last longest (eom, excess of mass), or the smallest (leaf)."""
    cluster_selection_epsilon: Annotated[float, Ge(0)] = 0.0
    """Groups nearer to each other than this distance are not split."""
    allow_single_cluster: bool = False
    """Whether all rows may be one group."""
    metric: Metric = "euclidean"
    """How far two rows are from each other."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        min_samples = self.min_samples or self.min_cluster_size
        require(self.min_cluster_size, X.shape[0], "records", f"min_cluster_size={self.min_cluster_size}")
        require(min_samples, X.shape[0], "records", f"min_samples={min_samples}")
        grown = DensityTree.of(X, self.min_cluster_size, min_samples, self.metric)
        self._keep(grown)
        self.density_tree_, self.notes_ = grown.state(), [grown.index.note]
        if self.n_clusters_ == 0:
            report_problem(
                f"no group of min_cluster_size={self.min_cluster_size} was found, all records are noise; lower it, "
                "or reduce the columns first",
                count=len(self.labels_),
            )
        return self

    def predict(self, X: Matrix) -> Labels:
        return self._place(X)[0]

    def membership(self, X: Matrix) -> NDArray[np.float32]:
        """Return how deep in each group each row lies, shape (n, n_clusters_): 0 in all but one group."""
        labels, depth = self._place(X)
        found = np.zeros((len(labels), self.n_clusters_), np.float32)
        inside = np.flatnonzero(labels >= 0)
        found[inside, labels[inside]] = depth[inside]
        return found

    def _keep(self, grown: DensityTree) -> None:
        tree = grown.tree
        above = tree.of_groups()[0]
        chosen = select(tree, self.cluster_selection_method, self.cluster_selection_epsilon, self.allow_single_cluster)
        if len(chosen) == 1 and chosen[0] == 0 and not self.allow_single_cluster:
            chosen = chosen[:0]
        group, density = tree.of_rows()
        self.n_clusters_, self.kept_ = len(chosen), kept_group(above, chosen)
        self.least_density_ = self._least_density(tree.deaths(), chosen)
        self.deaths_ = tree.deaths()[chosen]
        first = grown.same_as  # rows that are equal have one answer
        self.labels_ = self._labels(group, density)[first]
        self.probabilities_ = self._depth(self.labels_, density[first])

    def _least_density(self, deaths: NDArray[np.float64], chosen: NDArray[np.int64]) -> float:
        """Where all rows may be one group: how dense a row must be to belong to it."""
        if len(chosen) != 1 or chosen[0] != 0:
            return 0.0
        return 1 / self.cluster_selection_epsilon if self.cluster_selection_epsilon else float(deaths[0])

    def _labels(self, group: NDArray[np.int64], density: NDArray[np.float64]) -> Labels:
        return np.where((group == 0) & (density < self.least_density_), -1, self.kept_[group])

    def _depth(self, labels: Labels, density: NDArray[np.float64]) -> NDArray[np.float64]:
        depth = np.zeros(len(labels))
        inside = np.flatnonzero(labels >= 0)
        largest, found = self.deaths_[labels[inside]], density[inside]
        with np.errstate(divide="ignore", invalid="ignore"):  # infinite, or 0, is full
            share = np.minimum(found, largest) / largest
        depth[inside] = np.where(np.isinf(found) | (largest == 0), 1.0, share)
        return depth

    def _place(self, X: Matrix) -> tuple[Labels, NDArray[np.float64]]:
        X = dense_to_apply(self, X)
        copies, group, density = DensityTree.restored(self.density_tree_).place(X)
        labels = self._labels(group, density)
        labels, depth = np.where(copies >= 0, self.labels_[copies], labels), self._depth(labels, density)
        return labels, np.where(copies >= 0, self.probabilities_[copies], depth)
