"""The ellipsoid that rows fill around their mean, from their covariance matrix: how to shrink it, and how to make it a ball."""

import numpy as np
from numpy.typing import NDArray

Covariance = NDArray[np.float64]

SMALLEST_VARIANCE = 1e-12
"""Of standardized columns, relative to the largest: what has less is what rounding leaves of columns that depend on each other."""


def ledoit_wolf(covariance: Covariance, fourths: float, n_rows: int) -> float:
    """Return the share by which to shrink; `fourths` is the sum over all rows of their distance from the mean to the fourth power.

    Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate Analysis 2004.
    """
    size = len(covariance)
    squares = float(np.einsum("ij,ij->", covariance, covariance))
    spread = (squares - np.trace(covariance) ** 2 / size) / size
    error = max(0.0, (fourths / n_rows - squares) / (size * n_rows))
    return 0.0 if size == 1 or error == 0 or spread <= 0 else float(min(error, spread) / spread)


def shrunk(covariance: Covariance, share: float) -> Covariance:
    """Move a covariance matrix by `share` towards equal variance in all directions, the sum of the variances kept."""
    size = len(covariance)
    moved: Covariance = (1 - share) * covariance
    moved[np.diag_indices(size)] += share * np.trace(covariance) / size
    return moved


def whitening(covariance: Covariance, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what differences from the mean are multiplied by to have variance 1 in all directions; shape (n_features, rank).

    Columns are standardized first, so that a column of small numbers is not taken for one that does not vary.
    """
    variances = np.diag(covariance)
    varies = variances > (8 * np.finfo(np.float64).eps * mean) ** 2  # less is what rounding leaves of a column of one value
    scale = np.sqrt(variances[varies])
    values, vectors = np.linalg.eigh(covariance[np.ix_(varies, varies)] / np.outer(scale, scale))
    kept = values > SMALLEST_VARIANCE * values.max(initial=0.0)
    weights = np.zeros((len(mean), int(kept.sum())))
    weights[varies] = vectors[:, kept] / np.sqrt(values[kept]) / scale[:, np.newaxis]
    return weights
