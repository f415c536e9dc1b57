"""Scores that are sums over a history: each item of it brings a row of a table of items by items."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .logs import Log


def add_up_rows(histories: Log, table: Any) -> NDArray[np.float32]:
    """Add up the rows of a table, CSR or dense, of each history's items, by their weights: float32 of shape (n_histories, n_items)."""
    from .scoring_rounds import add_dense_rows, add_sparse_rows

    matrix = histories.matrix
    scores = np.zeros((len(histories), table.shape[1]), np.float32)
    if isinstance(table, np.ndarray):
        add_dense_rows(matrix.indptr, matrix.indices, matrix.data, table, scores)
    else:
        add_sparse_rows(matrix.indptr, matrix.indices, matrix.data, table.indptr, table.indices, table.data, scores)
    return scores
