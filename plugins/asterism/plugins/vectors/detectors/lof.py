"""The detector `lof`: how much sparser a row's surroundings are than those of its neighbours."""

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Matrix, Scores

from ..neighbours import Neighbours
from ..pairs import Metric
from ..rows import rows_to_apply, rows_to_fit
from .detector import Detector
from .surroundings import n_others, placed


class LOF(Detector):
    """Local outlier factor: the density around the neighbours of a row over the density around the row; 1 is usual.

    Dense or CSR, shape (n_records, n_features), to float64, shape (n_records,). The scores are scikit-learn's of `LocalOutlierFactor`,
    for new rows with ``novelty=True``; a copy of a training row scores as that row.

    Learns `scores_`, `threshold_`, and of each training row `reach_` (distance to its last neighbour) and `density_`.

    Raises `DataError` for fewer than 2 records, and for rows of zeros under cosine.

    Poor choice where outliers lie together, or where the data are not of several densities: on the ADBench sets breastw, cardio, musk,
    pendigits and thyroid the ROC-AUC is 0.39, 0.55, 0.42, 0.48 and 0.81, far behind `isolation_forest` (0.93 to 1.0).

    Source: Breunig, Kriegel, Ng and Sander, "LOF: identifying density-based local outliers", SIGMOD 2000.
    """

    n_neighbors: Annotated[int, Ge(1)] = 20
    """How many rows make the surroundings of a row; lowered, and reported, where there are fewer."""
    metric: Metric = "euclidean"
    """How far two rows are from each other."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        index = Neighbours.of(X, self.metric)
        far, rows = index.nearest_others(n_others(self.n_neighbors, X.shape[0]))
        self.reach_ = far[:, -1].copy()
        self.density_ = self._densities(far, rows)
        self.index_ = index.state()
        self._finish(self.density_[rows].mean(axis=1) / self.density_)
        self.notes_.append(index.note)
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        X = rows_to_apply(self, X)
        copies, far, rows = placed(self.index_, X, n_others(self.n_neighbors, len(self.reach_), tell=False))
        scores = self.density_[rows].mean(axis=1) / self._densities(far, rows)
        return np.where(copies >= 0, self.scores_[copies], scores)

    def _densities(self, far: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return 1 / the mean reachability distance; what is added keeps it finite where rows are alike, as in scikit-learn."""
        return np.asarray(1 / (np.maximum(far, self.reach_[rows]).mean(axis=1) + 1e-10))
