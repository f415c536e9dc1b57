"""Principal axes from one round of sums: the scatter matrix around a fixed point.

Sums around a point near the mean add up without loss and are moved to the mean at the end (Chan, Golub and LeVeque, "Algorithms
for computing the sample variance", The American Statistician 1983). Memory is n_features x n_features.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Summary
from asterism.framework.values import is_sparse

from .rows import blocks
from .subspace import Axes, oriented


def sum_scatter(batch: Matrix, point: NDArray[np.float64]) -> Summary:
    """Add up the differences of the rows of `batch` from `point`, and their outer products."""
    n_features = len(point)
    total: Summary = {
        "count": np.array(batch.shape[0]),
        "sum": np.zeros(n_features),
        "scatter": np.zeros((n_features, n_features)),
    }
    # The products of a block are taken in the precision of the data, which for float32 halves the time; the blocks add up in float64.
    near = point.astype(batch.dtype)
    for block in blocks(batch, dtype=None):
        away = (block.toarray() if is_sparse(block) else block) - near
        total["sum"] += away.sum(axis=0, dtype=np.float64)
        total["scatter"] += away.T @ away
    return total


def centre(total: Summary) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the mean lies from the point, and the scatter matrix around the mean."""
    n_rows = int(total["count"])
    shift = total["sum"] / n_rows
    return shift, total["scatter"] - n_rows * np.outer(shift, shift)


def axes_of_scatter(scatter: NDArray[np.float64], n_components: int) -> Axes:
    """Return the first singular values and vectors of the rows that the matrix is the scatter of."""
    from scipy.linalg import eigh

    size = len(scatter)
    values, vectors = eigh(scatter, subset_by_index=[size - n_components, size - 1], check_finite=False)
    # Rounding leaves values just below zero where the rows do not vary.
    return Axes(np.sqrt(np.maximum(values[::-1], 0.0)), oriented(vectors.T[::-1]))
