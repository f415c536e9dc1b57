"""What several measures share: a seeded sample of rows, and the distances between rows, with equal rows at exactly 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix
from asterism.framework.values import is_sparse

ROUNDING = 1e-13
"""A squared distance below this share of the squared lengths is what rounding leaves of 0."""


def sample(n_rows: int, most: int, random_state: int = 0) -> NDArray[np.int64]:
    """Choose `most` of the rows 0 to `n_rows`, in order; all of them where there are no more."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(random_state).choice(n_rows, most, replace=False))


def squared_distances(rows: Matrix, others: Matrix) -> NDArray[np.float64]:
    """Compute the squared Euclidean distances between rows: float64, shape (n_rows, n_others). Both are dense, or both CSR.

    They come from one matrix product, ``|x|^2 - 2 x y + |y|^2``. Dense rows are moved to the mean of `rows` before, so that rows near to
    each other and far from the origin lose no digits.
    """
    rows, others = rows.astype(np.float64), others.astype(np.float64)
    if not is_sparse(rows):
        center = rows.mean(axis=0)
        rows, others = rows - center, others - center
    lengths = squared_lengths(rows)[:, np.newaxis] + squared_lengths(others)
    products = rows @ others.T
    squares = np.asarray(products.toarray() if is_sparse(products) else products)
    squares *= -2
    squares += lengths
    squares[squares < ROUNDING * lengths] = 0
    return squares


def squared_lengths(rows: Matrix) -> NDArray[Any]:
    """Sum the squares of each row."""
    squares = rows.multiply(rows).sum(axis=1) if is_sparse(rows) else np.einsum("ij,ij->i", rows, rows)
    return np.asarray(squares).ravel()
