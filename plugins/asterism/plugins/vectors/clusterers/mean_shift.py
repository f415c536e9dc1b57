"""The clusterer `mean_shift`: groups around the places where rows are densest, as many as there are."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix

from ..neighbours import Neighbours
from ..rows import dense_to_apply, dense_to_fit

SAMPLE_ROWS = 2_000
"""The bandwidth is estimated on so many rows at most."""


class MeanShift(Clusterer):
    """Move every row uphill to where rows are densest; rows that end at one place are a group.

    Dense, shape (n_records, n_features); CSR is made dense. The centres are scikit-learn's of `MeanShift` with the same settings. A row,
    of the training or new, belongs to the nearest centre; without `cluster_all` to none, -1, where that is farther than the bandwidth.

    Learns `cluster_centers_` (n_clusters_, n_features), the largest group's first, `labels_` (n_records,), `n_clusters_`, `bandwidth_`.

    Raises `DataError` where the bandwidth comes out as 0, because most records are alike.

    Poor choice in many columns, where no place is dense, and for more than some thousand records: time grows with their square.

    Source: Comaniciu and Meer, "Mean shift: a robust approach toward feature space analysis", IEEE TPAMI 2002.
    """

    bandwidth: Annotated[float, Gt(0)] | Literal["auto"] = "auto"
    """Radius within which rows count as dense; "auto": how far the nearest `quantile` of the records lie from one, on average."""
    quantile: Annotated[float, Gt(0)] = 0.3
    """Share of the records that "auto" looks at around each, at most 1."""
    bin_seeding: bool = False
    """Start from the cells of a grid as wide as the bandwidth instead of from every row: faster, and some centres may be missed."""
    cluster_all: bool = True
    """Whether rows farther than the bandwidth from every centre belong to the nearest one all the same."""
    max_iter: Annotated[int, Ge(1)] = 300
    """Moves after which a row stays where it is."""
    random_state: int = 0
    """Seed of the sample that "auto" looks at."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        from sklearn.cluster import MeanShift as Theirs

        X = dense_to_fit(self, X)
        self.bandwidth_ = self._bandwidth(X)
        theirs = Theirs(bandwidth=self.bandwidth_, bin_seeding=self.bin_seeding, cluster_all=self.cluster_all, max_iter=self.max_iter)
        self.cluster_centers_ = self._centers(theirs, X)
        self.n_clusters_ = len(self.cluster_centers_)
        self.labels_ = self._nearest(X)
        self.notes_ = [f"{self.n_clusters_:,} centres, bandwidth {self.bandwidth_:.4g}"]
        return self

    def predict(self, X: Matrix) -> Labels:
        return self._nearest(dense_to_apply(self, X))

    def _centers(self, theirs: Any, X: NDArray[Any]) -> NDArray[np.float64]:
        try:
            return np.asarray(theirs.fit(X.astype(np.float64)).cluster_centers_)
        except ValueError as error:
            if "No point was within bandwidth" not in str(error):
                raise
            raise DataError(
                f"no record lies within bandwidth={self.bandwidth_:.4g} of a start", hint="raise it, or set it to auto"
            ) from error

    def _bandwidth(self, X: NDArray[Any]) -> float:
        from sklearn.cluster import estimate_bandwidth

        if self.bandwidth != "auto":
            return float(self.bandwidth)
        if len(np.unique(X, axis=0)) == 1:
            return 1.0  # one place: any radius holds all rows
        options = {"n_samples": min(SAMPLE_ROWS, len(X)), "random_state": self.random_state}
        found = float(estimate_bandwidth(X.astype(np.float64), quantile=min(self.quantile, 1.0), **options))
        if found <= 0:
            raise DataError(
                "most records are alike, so the bandwidth comes out as 0", hint="set bandwidth to a distance, or raise quantile"
            )
        return found

    def _nearest(self, X: NDArray[Any]) -> Labels:
        far, rows = Neighbours.of(self.cluster_centers_, search="exact").nearest(X, 1)
        return np.where(self.cluster_all | (far[:, 0] <= self.bandwidth_), rows[:, 0], -1)
