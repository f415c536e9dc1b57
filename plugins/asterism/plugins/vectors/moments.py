"""Mean and variance of every column from one round of sums, for dense and CSR alike.

Sums of differences from a point near the mean add up without loss (Chan, Golub and LeVeque, "Algorithms for computing the sample
variance", The American Statistician 1983). Memory is a few numbers for each column.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Summary
from asterism.framework.values import is_sparse

from .rows import blocks


class Moments(NamedTuple):
    """What the rows are like, column by column."""

    n_rows: int
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    """Mean squared difference from the mean, never negative."""

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Which columns do not vary, but for what rounding makes of equal values: the bound is Chan, Golub and LeVeque's."""
        eps = np.finfo(np.float64).eps
        bound: NDArray[np.bool_] = self.variance <= self.n_rows * eps * self.variance + (self.n_rows * eps * self.mean) ** 2
        return bound


def point_near_mean(X: Matrix) -> NDArray[np.float64]:
    """Return the mean of each column, rounded to what the data can hold, so that differences from it are the same in their precision."""
    near: NDArray[np.float64] = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel().astype(X.dtype).astype(np.float64)
    return near


def sum_columns(batch: Matrix, point: NDArray[np.float64]) -> Summary:
    """Add up the differences of the rows of `batch` from `point`, and their squares."""
    total: Summary = {"count": np.array(batch.shape[0]), "sum": np.zeros(len(point)), "squares": np.zeros(len(point))}
    for block in blocks(batch):
        sums, squares = _sparse_sums(block, point) if is_sparse(block) else _dense_sums(block, point)
        total["sum"] += sums
        total["squares"] += squares
    return total


def moments(total: Summary, point: NDArray[np.float64]) -> Moments:
    """Read the moments off a total."""
    n_rows = int(total["count"])
    shift = total["sum"] / n_rows
    return Moments(n_rows, point + shift, np.maximum(total["squares"] / n_rows - shift**2, 0.0))


def _dense_sums(block: NDArray[np.float64], point: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    away = block - point
    return away.sum(axis=0), np.einsum("ij,ij->j", away, away)


def _sparse_sums(block: Matrix, point: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do the same without filling in the zeros, each of which lies `point` away."""
    away = block.data - point[block.indices]
    empty = block.shape[0] - np.bincount(block.indices, minlength=len(point))
    sums = np.bincount(block.indices, away, len(point)) - empty * point
    squares = np.bincount(block.indices, away**2, len(point)) + empty * point**2
    return sums, squares
