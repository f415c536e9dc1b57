"""Moments of columns from sums, against numpy's."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from asterism.framework import add_up
from asterism.plugins.vectors.moments import moments, point_near_mean, sum_columns


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
def test_moments_are_those_of_numpy(fixture: str, make: Any, request: pytest.FixtureRequest) -> None:
    given_rows = request.getfixturevalue(fixture)
    dense = np.asarray(given_rows.toarray() if fixture == "sparse_rows" else given_rows)
    X = make(dense)
    found = moments(sum_columns(X, point_near_mean(X)), point_near_mean(X))
    np.testing.assert_allclose(found.mean, dense.mean(axis=0))
    np.testing.assert_allclose(found.variance, dense.var(axis=0))
    assert found.n_rows == 300


@given(st.floats(-1e8, 1e8), st.lists(st.integers(-1000, 1000), min_size=2, max_size=30), st.integers(1, 29))
def test_batches_far_from_zero_lose_no_digits(offset: float, values: list[int], cut: int) -> None:
    X = (np.array(values, np.float64) / 8 + np.float64(round(offset)))[:, np.newaxis]
    point = point_near_mean(X[:cut])
    found = moments(add_up([sum_columns(X[:cut], point), sum_columns(X[cut:], point)]), point)
    np.testing.assert_allclose(found.variance, X.var(axis=0), rtol=1e-9, atol=1e-9)
    assert found.constant.tolist() == [len(set(values)) == 1]


@pytest.mark.parametrize("value", [0.1, 1e-30, 1e20, 0.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_column_of_one_value_is_constant_whatever_rounding_makes_of_it(value: float, dtype: Any) -> None:
    X = np.full((1001, 1), value, dtype)
    assert moments(sum_columns(X, point_near_mean(X)), point_near_mean(X)).constant.tolist() == [True]
