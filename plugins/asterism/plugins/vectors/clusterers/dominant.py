"""The clusterer `dominant`: each row goes to its largest column."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix
from asterism.framework.values import is_sparse

from ..rows import rows_to_apply, rows_to_fit


class Dominant(Clusterer):
    """Put each row into the group of its largest column: the groups of a matrix whose columns are topics, parts or shares.

    Dense or CSR, shape (n_records, n_features). Group ``j`` is column ``j``, so that a group keeps its number whatever the data; a column
    that is nowhere the largest is a group without records. Of equal columns the first counts.

    Learns `labels_` (n_records,) and nothing else. `membership` gives the rows themselves as shares of their sum.

    Raises `DataError` for NaN and infinity.

    Poor choice where columns are no groups: of TF-IDF rows, or of principal components.
    """

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.labels_ = _largest(rows_to_fit(self, X))
        return self

    def predict(self, X: Matrix) -> Labels:
        return _largest(rows_to_apply(self, X))

    def membership(self, X: Matrix) -> NDArray[np.float32]:
        """Return how much of each row is in each column: shape (n, n_features), rows that sum to 1; below zero counts as nothing."""
        X = rows_to_apply(self, X)
        shares = np.maximum(X.toarray() if is_sparse(X) else X, 0).astype(np.float64)
        total = shares.sum(axis=1, keepdims=True)
        # A row of nothing belongs to all columns alike.
        return np.asarray(np.where(total > 0, shares / np.where(total > 0, total, 1), 1 / X.shape[1]), np.float32)


def _largest(X: Any) -> Labels:
    return np.asarray(X.argmax(axis=1), np.int64).ravel()
