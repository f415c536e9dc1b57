"""Factors of rows by least squares, given the factors of what they hold: the step of ALS, and how an unseen history gets its factors."""

from collections import deque
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .row_parts import cut, in_threads

ROWS_AT_ONCE = 2**8
"""Rows that a thread solves at a time."""


class LeastSquares:
    """Finds the factors of rows whose products with the factors of all columns are 1 where the row has an entry and 0 elsewhere.

    An entry counts ``1 + alpha * weight`` in the squared error, any other pair 1; the squares of the factors count `l2`.
    """

    def __init__(self, others: NDArray[np.float32], l2: float, alpha: float = 0.0) -> None:
        from .factor_rounds import add_squares

        self.alpha, self.others = alpha, others.astype(np.float64)
        self.base = l2 * np.eye(others.shape[1])
        add_squares(self.others, self.base)

    @cached_property
    def solved(self) -> NDArray[np.float64]:
        """The others times the inverse of what all rows have in common; of shape (n_others, n_factors)."""
        from .factor_rounds import multiply_rows

        solved = np.empty_like(self.others)
        multiply_rows(self.others, np.linalg.inv(self.base), solved)
        return solved

    def __call__(self, matrix: Any) -> NDArray[np.float32]:
        """Return the factors of the rows of a CSR matrix, float32; a row alone gets what it gets among others."""
        from .factor_rounds import least_squares

        rows, extra = np.zeros((matrix.shape[0], self.others.shape[1]), np.float32), self.alpha * matrix.data.astype(np.float64)
        solved = self.solved

        def solve(part: slice) -> None:
            starts = matrix.indptr[part.start : part.stop + 1]
            least_squares(starts, matrix.indices, extra, self.others, solved, self.base, rows[part])

        deque(in_threads(solve, cut(len(rows), ROWS_AT_ONCE)), maxlen=0)
        return rows

    def approach(self, matrix: Any, rows: NDArray[np.float32], steps: int) -> None:
        """Bring the factors of the rows of a CSR matrix nearer to these, in place, by some steps of conjugate gradients."""
        from .factor_rounds import conjugate_gradients

        others, base = self.others.astype(np.float32), self.base.astype(np.float32)
        extra = (self.alpha * matrix.data).astype(np.float32)

        def improve(part: slice) -> None:
            conjugate_gradients(matrix.indptr[part.start : part.stop + 1], matrix.indices, extra, others, base, steps, rows[part])

        deque(in_threads(improve, cut(len(rows), ROWS_AT_ONCE)), maxlen=0)
