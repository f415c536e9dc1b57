"""Gaussian densities and what they are estimated from, for the four forms of covariance that a mixture may have.

Shapes of covariances and of their precisions' Cholesky factors, as scikit-learn has them: full (k, d, d), tied (d, d), diag (k, d),
spherical (k,).
"""

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Summary

CovarianceType = Literal["full", "tied", "diag", "spherical"]
Floats: TypeAlias = NDArray[np.float64]

CACHED_VALUES = 2**16
"""So many values of rows are compared with the means at once, so that they stay in the processor's cache."""


def log_densities(X: Floats, means: Floats, factors: Floats, form: CovarianceType) -> Floats:
    """Return the log of the density of each row under each Gaussian, shape (n, k), from the Cholesky factors of the precisions."""
    squares = np.empty((len(X), len(means)))
    step = max(64, CACHED_VALUES // X.shape[1])
    for start in range(0, len(X), step):
        rows = X[start : start + step]
        for number, mean in enumerate(means):
            factor = factors if form == "tied" else factors[number]
            away = (rows - mean) @ factor if form in ("full", "tied") else (rows - mean) * factor
            squares[start : start + step, number] = np.einsum("ij,ij->i", away, away)
    squares += X.shape[1] * np.log(2 * np.pi)
    return np.asarray(_log_determinants(factors, form, X.shape[1]) - squares / 2)


def sum_moments(X: Floats, shares: Floats, means: Floats, form: CovarianceType) -> Summary:
    """Add up the rows by their `shares` (n, k) in the Gaussians: `weight` (k,), `first` (k, d) and `second` moments.

    They are taken around the means of now, so that little is lost where the means are large and the covariances small; for "tied" the
    second ones are taken around one point, the mean of the means, whatever the shares.
    """
    first = np.empty_like(means)
    second = np.empty((len(means), *means.shape[1:] * (2 if form == "full" else 1)))
    for number, mean in enumerate(means):
        away = X - mean
        weighted = away * shares[:, [number]]
        first[number] = weighted.sum(axis=0)
        if form != "tied":
            second[number] = weighted.T @ away if form == "full" else np.einsum("ij,ij->j", weighted, away)
    if form == "tied":
        away = X - means.mean(axis=0)
        second = away.T @ away
    return {"weight": shares.sum(axis=0), "first": first, "second": second}


def estimate(total: Summary, means: Floats, form: CovarianceType, reg_covar: float) -> tuple[Floats, Floats, Floats]:
    """Return the shares, means and covariances that make the rows summed up most likely; `means` are those they were summed around."""
    # As scikit-learn does: a Gaussian that no row belongs to stays finite.
    weight = total["weight"] + 10 * np.finfo(np.float64).eps
    shift = total["first"] / weight[:, np.newaxis]
    moved = means + shift
    if form == "full":
        covariances = total["second"] / weight[:, np.newaxis, np.newaxis] - shift[:, :, np.newaxis] * shift[:, np.newaxis]
        covariances += reg_covar * np.eye(means.shape[1])
    elif form == "tied":
        away = moved - means.mean(axis=0)
        covariances = (total["second"] - (away * weight[:, np.newaxis]).T @ away) / weight.sum() + reg_covar * np.eye(means.shape[1])
    else:
        covariances = np.maximum(total["second"] / weight[:, np.newaxis] - shift**2, 0.0) + reg_covar
        covariances = covariances.mean(axis=1) if form == "spherical" else covariances
    return weight / weight.sum(), moved, covariances


def factors_of_precisions(covariances: Floats, form: CovarianceType) -> Floats:
    """Return the Cholesky factors of the inverse covariances; `DataError` where one is not positive definite."""
    if form in ("diag", "spherical"):
        if not (covariances > 0).all():
            raise not_positive()
        return np.asarray(1 / np.sqrt(covariances))
    stacked = covariances[np.newaxis] if form == "tied" else covariances
    factors = np.stack([_factor(covariance) for covariance in stacked])
    return np.asarray(factors[0] if form == "tied" else factors)


def not_positive() -> DataError:
    """Make the error for covariances that have no inverse."""
    reason = "the covariance of a group is not positive definite: its records are too few or too much alike for that many columns"
    return DataError(reason, hint="raise reg_covar, reduce the dimensions first, or take covariance_type 'diag'")


def n_parameters(n_gaussians: int, n_columns: int, form: CovarianceType) -> int:
    """Count the free numbers of a mixture: shares, means, covariances."""
    of_covariance = {
        "full": n_gaussians * n_columns * (n_columns + 1) // 2,
        "tied": n_columns * (n_columns + 1) // 2,
        "diag": n_gaussians * n_columns,
        "spherical": n_gaussians,
    }
    return of_covariance[form] + n_gaussians * n_columns + n_gaussians - 1


def _factor(covariance: Floats) -> Floats:
    from scipy.linalg import cholesky, solve_triangular

    try:
        lower = cholesky(covariance, lower=True)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise not_positive() from error
    return np.asarray(solve_triangular(lower, np.eye(len(covariance)), lower=True).T)


def _log_determinants(factors: Floats, form: CovarianceType, n_columns: int) -> Any:
    """Return half the log of the determinant of each precision."""
    if form in ("full", "tied"):
        return np.log(np.diagonal(factors, axis1=-2, axis2=-1)).sum(axis=-1)
    return np.log(factors).sum(axis=1) if form == "diag" else n_columns * np.log(factors)
