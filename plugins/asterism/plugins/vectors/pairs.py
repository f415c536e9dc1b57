"""The distance of given pairs of rows, taken by differences in float64, so that a pair has one distance whatever pairs stand beside it."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix
from asterism.framework.values import is_sparse

from .rows import blocks, require_directions

Metric = Literal["euclidean", "cosine", "manhattan"]
"""How far two rows are from each other; cosine is 1 less the cosine of the angle between them."""

CHUNK_VALUES = 2**17
"""The differences of about this many values are taken at once (1 MiB in float64), so that they stay in the processor's cache."""


def comparable(X: Matrix, metric: Metric) -> Matrix:
    """Return rows as the search compares them: for cosine scaled to length 1 in float64, else as they are.

    Raises `DataError` for rows of zeros under cosine.
    """
    if metric != "cosine":
        return X
    require_directions(X, "metric='cosine' compares directions")
    # By the largest value first: the square of a small one may be nothing.
    X = _divided(X.astype(np.float64), _by_row(abs(X).max(axis=1)))
    return _divided(X, np.sqrt(squared_lengths(X)))


def squared_lengths(X: Matrix) -> NDArray[np.float64]:
    """Sum the squares of each row, in float64; `DataError` where that is too large a number."""
    with np.errstate(over="ignore"):
        if is_sparse(X):
            lengths = _by_row(X.multiply(X).sum(axis=1)) if X.dtype == np.float64 else squared_lengths(X.astype(np.float64))
        else:
            lengths = np.concatenate([np.einsum("ij,ij->i", block, block) for block in blocks(X)])
    if not np.isfinite(lengths).all():
        rows = np.flatnonzero(~np.isfinite(lengths)).tolist()
        raise DataError(
            "values this large have no distances in float64", rows=rows, hint="scale the columns first, for example by standardize"
        )
    return lengths


def powers(X: Matrix, Y: Matrix, of: NDArray[Any], to: NDArray[Any], metric: Metric) -> NDArray[np.float64]:
    """Return for pairs of rows ``X[of], Y[to]`` of one form the sum of absolute differences (manhattan) or of squared ones (others)."""
    found = np.empty(len(of), np.float64)
    step = max(1, CHUNK_VALUES // max(1, X.shape[1]))
    for start in range(0, len(of), step):
        part = slice(start, start + step)
        found[part] = _sums(X, Y, of[part], to[part], metric)
    return found


def distances(powers: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    """Turn what `powers` gives into distances."""
    if metric == "manhattan":
        return powers
    return powers / 2 if metric == "cosine" else np.sqrt(powers)


def power_of(distance: Any, metric: Metric) -> Any:
    """Turn a distance, or an array of them, back."""
    if metric == "manhattan":
        return distance
    return 2 * distance if metric == "cosine" else distance**2


def _sums(X: Matrix, Y: Matrix, of: NDArray[Any], to: NDArray[Any], metric: Metric) -> NDArray[np.float64]:
    if is_sparse(X):
        difference = X[of].astype(np.float64) - Y[to].astype(np.float64)
        return _by_row((abs(difference) if metric == "manhattan" else difference.multiply(difference)).sum(axis=1))
    differences = np.subtract(X[of], Y[to], dtype=np.float64)
    if metric == "manhattan":
        return np.asarray(np.abs(differences, out=differences).sum(axis=1))
    return np.asarray(np.einsum("ij,ij->i", differences, differences))


def _divided(X: Matrix, by: NDArray[np.float64]) -> Matrix:
    if not is_sparse(X):
        return X / by[:, np.newaxis]
    return type(X)((X.data / np.repeat(by, np.diff(X.indptr)), X.indices, X.indptr), shape=X.shape)


def _by_row(column: Any) -> NDArray[np.float64]:
    """Make an array of a column that scipy gives as a matrix of some kind."""
    return np.asarray(column.todense() if is_sparse(column) or hasattr(column, "todense") else column, np.float64).ravel()
