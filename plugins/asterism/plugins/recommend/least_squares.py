"""Factors of rows by least squares, given the factors of what they hold: the step of ALS, and how an unseen history gets its factors."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.workers import usable_cores

ROWS_AT_ONCE = 2**10
"""Rows that a thread solves at a time."""


class LeastSquares:
    """Finds the factors of rows whose products with the factors of all columns are 1 where the row has an entry and 0 elsewhere.

    An entry counts ``1 + alpha * weight`` in the squared error, any other pair 1; the squares of the factors count `l2`.
    """

    def __init__(self, others: NDArray[np.float32], l2: float, alpha: float = 0.0) -> None:
        from .factor_rounds import add_squares, multiply_rows

        self.alpha, self.others = alpha, others.astype(np.float64)
        self.base, self.solved = l2 * np.eye(others.shape[1]), np.empty_like(self.others)
        add_squares(self.others, self.base)
        multiply_rows(self.others, np.linalg.inv(self.base), self.solved)

    def __call__(self, matrix: Any) -> NDArray[np.float32]:
        """Return the factors of the rows of a CSR matrix, float32; a row alone gets what it gets among others."""
        from .factor_rounds import least_squares

        rows, extra = np.zeros((matrix.shape[0], self.others.shape[1]), np.float32), self.alpha * matrix.data.astype(np.float64)

        def solve(first: int) -> None:
            last = first + ROWS_AT_ONCE
            starts = matrix.indptr[first : last + 1]
            least_squares(starts, matrix.indices, extra, self.others, self.solved, self.base, rows[first:last])

        if len(rows) <= ROWS_AT_ONCE:
            solve(0)
        else:
            with ThreadPoolExecutor(usable_cores()) as pool:
                list(pool.map(solve, range(0, len(rows), ROWS_AT_ONCE)))
        return rows
