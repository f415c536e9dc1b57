"""How far out in the tails of each column a row lies: what the detectors `ecod` and `copod` have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Scores

from ..rows import blocks, dense_to_apply, dense_to_fit
from .detector import Detector

Values = NDArray[np.float64]


class TailDetector(Detector):
    """Scores a row by how few training values lie as far out in each column, as -log of their share, and adds up the columns."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        self.columns_ = X.T.copy()
        self.columns_.sort(axis=1)
        varies = self.columns_[:, 0] < self.columns_[:, -1]
        self.skews_ = np.where(varies, _signs_of_skew(X), 0).astype(np.int8)
        self._finish(self._sums(X))
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        return self._sums(dense_to_apply(self, X))

    def contributions(self, X: Matrix) -> NDArray[np.float64]:
        """Return what each column adds to the score of each row, shape (n, n_features): why a row is unusual."""
        X = dense_to_apply(self, X)
        parts = np.empty(X.shape)
        for column, values in enumerate(self._by_column(X)):
            parts[:, column] = values
        return parts

    @abstractmethod
    def _joined(self, left: Values, right: Values, skewed: Values) -> Values:
        """Join what the left tail, the right tail and the tail on the side of the skew say into one value per row."""

    def _sums(self, X: NDArray[Any]) -> Scores:
        """Score rows in blocks; column after column, so that a row alone is added up as in a batch."""
        parts = [sum(self._by_column(block), np.zeros(len(block))) for block in blocks(X, dtype=None)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _by_column(self, X: NDArray[Any]) -> Iterator[Values]:
        surprise = _surprises(self.columns_.shape[1])
        for known, values, skew in zip(self.columns_, X.T, self.skews_, strict=True):
            order = np.argsort(values)  # the search finds sorted values several times faster
            sought = values[order]
            left, right = np.empty(len(values)), np.empty(len(values))
            left[order] = surprise[np.searchsorted(known, sought, side="right")]
            right[order] = surprise[len(known) - np.searchsorted(known, sought, side="left")]
            skewed = left + right if skew == 0 else left if skew < 0 else right
            yield self._joined(left, right, skewed)


def _surprises(n_rows: int) -> Values:
    """Return -log of the share that 0, 1, ... n_rows training values are of all.

    None of them is as far out as a row that lies beyond: its share is that of itself, had it been there too.
    """
    counts = np.arange(n_rows + 1, dtype=np.float64)
    shares = counts / n_rows
    shares[0] = 1 / (n_rows + 1)
    return -np.log(shares)


def _signs_of_skew(X: NDArray[Any]) -> Values:
    """Return the sign of the third central moment of each column."""
    mean, third = X.mean(axis=0, dtype=np.float64), np.zeros(X.shape[1])
    for block in blocks(X):
        away = block - mean
        third += np.einsum("ij,ij,ij->j", away, away, away)
    return np.sign(third)
