from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from asterism.plugins.vectors.gaussians import estimate, factors_of_precisions, log_densities, n_parameters, sum_moments

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 3)) @ np.tri(3)
MEANS = RANDOM.normal(size=(2, 3))
WHOLE = [np.cov(RANDOM.normal(size=(3, 9))) for _ in range(2)]
COVARIANCES = {
    "full": np.array(WHOLE),
    "tied": WHOLE[0],
    "diag": np.array([np.diag(one) for one in WHOLE]),
    "spherical": np.array([0.5, 2.0]),
}


def matrix(form: str, number: int) -> Any:
    """Write out the covariance of one Gaussian."""
    if form == "tied":
        return COVARIANCES[form]
    own = COVARIANCES[form][number]
    return own if form == "full" else own * np.eye(3)


@pytest.mark.parametrize("form", COVARIANCES)
def test_densities_are_those_of_scipy(form: Any) -> None:
    found = log_densities(X, MEANS, factors_of_precisions(COVARIANCES[form], form), form)
    expected = [multivariate_normal(mean, matrix(form, number)).logpdf(X) for number, mean in enumerate(MEANS)]
    assert np.allclose(found, np.transpose(expected))


def test_estimate_is_the_weighted_mean_and_covariance() -> None:
    shares = RANDOM.dirichlet([1, 1], 50)
    weights, means, covariances = estimate(sum_moments(X, shares, MEANS, "full"), MEANS, "full", 0.0)
    assert np.allclose(weights, shares.mean(axis=0))
    for number in range(2):
        assert np.allclose(means[number], np.average(X, axis=0, weights=shares[:, number]))
        assert np.allclose(covariances[number], np.cov(X.T, aweights=shares[:, number], ddof=0))


def test_simpler_forms_are_means_over_the_full_one() -> None:
    shares = RANDOM.dirichlet([1, 1], 50)
    found = {form: estimate(sum_moments(X, shares, MEANS, form), MEANS, form, 0.1) for form in COVARIANCES}  # type: ignore[arg-type]  # keys are forms
    full = found["full"][2]
    assert np.allclose(found["diag"][2], np.diagonal(full, axis1=1, axis2=2))
    assert np.allclose(found["spherical"][2], found["diag"][2].mean(axis=1))
    assert np.allclose(found["tied"][2], np.tensordot(found["full"][0], full, 1))


def test_numbers_to_learn_are_counted() -> None:
    assert [n_parameters(2, 3, form) for form in ("full", "tied", "diag", "spherical")] == [19, 13, 13, 9]
