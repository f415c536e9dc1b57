from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from asterism.framework.summation import add_up
from asterism.plugins.vectors.lloyd import mean_variance, sum_by_nearest

pytestmark = pytest.mark.usefixtures("several_threads")


def plain(X: Any, centers: Any) -> dict[str, Any]:
    distances = cdist(X, centers, "sqeuclidean")
    labels = distances.argmin(axis=1)
    return {
        "count": np.bincount(labels, minlength=len(centers)),
        "sum": np.array([X[labels == one].sum(axis=0) for one in range(len(centers))]),
        "squares": (X**2).sum(),
        "inertia": distances.min(axis=1).sum(),
    }


@pytest.mark.parametrize(("make", "offset"), [(np.array, 0.0), (np.array, 100.0), (csr_matrix, 0.0)], ids=["dense", "far", "CSR"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-12)])
def test_sums_are_those_of_a_plain_table_of_distances(make: Any, dtype: Any, tolerance: float, offset: float) -> None:
    random = np.random.default_rng(0)
    centers = 5 * random.normal(size=(12, 6)) + offset
    X = (centers[random.integers(0, 11, 20_000)] + random.normal(size=(20_000, 6))).astype(dtype)
    centers[11] = 1e4  # nobody's
    expected, found = plain(X.astype(np.float64), centers), sum_by_nearest(make(X), centers)
    assert np.array_equal(found["count"], expected["count"])
    assert np.allclose(found["sum"], expected["sum"], rtol=tolerance, atol=tolerance * np.abs(expected["sum"]).max())
    assert float(found["squares"]) == pytest.approx(expected["squares"], rel=tolerance)
    assert float(found["inertia"]) == pytest.approx(expected["inertia"], rel=10 * tolerance)
    assert mean_variance(found) == pytest.approx(X.astype(np.float64).var(axis=0).mean(), rel=1e-3)


def test_batches_add_up_to_the_whole() -> None:
    X = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    centers = X[:7].astype(np.float64)
    whole = sum_by_nearest(X, centers)
    added = add_up(sum_by_nearest(X[start : start + 999], centers) for start in range(0, 5000, 999))
    for name, value in whole.items():
        assert np.allclose(added[name], value, rtol=1e-5, atol=1e-3)
