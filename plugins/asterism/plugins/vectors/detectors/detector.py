"""The kind `detector`, which the core does not know: it comes with this plugin, by an entry point of the group ``asterism.kind``."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray

from asterism.framework import Component, DataError, Matrix, Scores


class Detector(Component, ABC):
    """Tells how unusual each row of a matrix is: float64 scores, higher is more unusual.

    `fit` learns `scores_` of the training rows, shape (n_records,), and `threshold_`, which the share `contamination` of them exceeds:
    a quantile of the scores, between two of them where it falls between. Rows that score just the threshold are usual, so where many
    training rows have one score, fewer than that share may lie above it; `notes_` says how many do. A fit by sums knows the threshold
    and keeps no `scores_`.

    `predict`, `score_samples`, `decision_function` and `offset_` are scikit-learn's, where higher is more usual.
    """

    kind = "detector"
    takes = "matrix"
    gives = "scores"
    by_rows = True

    contamination: Annotated[float, Gt(0), Le(0.5)] = 0.1
    """Share of the training records that count as outliers; it sets the threshold and changes no score."""

    @abstractmethod
    def fit(self, X: Matrix, y: None = None) -> Self:
        """Learn what is usual from the rows of X, and set `scores_` and `threshold_` by `_finish`."""

    @abstractmethod
    def anomaly_score(self, X: Matrix) -> Scores:
        """Score rows: float64, shape (n,), higher is more unusual; a copy of a training row scores as that row did."""

    def predict(self, X: Matrix) -> NDArray[np.int64]:
        """Return -1 for each row that scores above `threshold_`, 1 for the others."""
        return np.where(self.anomaly_score(X) > self.threshold_, -1, 1)

    def fit_predict(self, X: Matrix, y: None = None) -> NDArray[np.int64]:
        """Fit, and tell for the same rows which are outliers: -1, the others 1."""
        return np.where(self.fit(X).scores_ > self.threshold_, -1, 1)

    def score_samples(self, X: Matrix) -> Scores:
        """Return what `anomaly_score` does with the sign that scikit-learn gives it: higher is more usual."""
        return -self.anomaly_score(X)

    def decision_function(self, X: Matrix) -> Scores:
        """Return how far each row lies below the threshold: negative for outliers."""
        return self.score_samples(X) - self.offset_

    @property
    def offset_(self) -> float:
        """The threshold with scikit-learn's sign."""
        return -float(self.threshold_)

    def learn(self, data: Matrix) -> Scores:
        scores: Scores = self.fit(data).scores_
        return scores

    def apply(self, data: Matrix) -> Scores:
        return self.anomaly_score(data)

    def columns(self, value: Scores) -> Mapping[str, NDArray[Any]]:
        return {"outlier": value > self.threshold_}

    def _finish(self, scores: NDArray[np.float64]) -> None:
        """End a fit that knows the score of every training row."""
        self._check_contamination()
        self.scores_ = scores
        # Taken of the negative scores, as scikit-learn does, so that `offset_` is the same to the last bit.
        threshold = -float(np.percentile(-scores, 100 * self.contamination))
        self._set_threshold(threshold, int((scores > threshold).sum()), len(scores))

    def _set_threshold(self, threshold: float, found: int, n_rows: int) -> None:
        """Keep the threshold, and tell how many of the training rows lie above it."""
        self.threshold_ = threshold
        ties = "; others have just that score" if found < int(self.contamination * n_rows) else ""
        self.notes_ = [f"{found:,} of {n_rows:,} training records lie above the threshold {threshold:.4g}{ties}"]

    def _check_contamination(self) -> None:
        if not 0 < self.contamination <= 0.5:
            raise DataError(f"contamination must lie above 0 and not above 0.5 (got {self.contamination})")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "outlier_detector"
        return tags
