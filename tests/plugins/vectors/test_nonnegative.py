"""Weights that are not negative, against SciPy's solvers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls
from scipy.sparse import csr_matrix

from asterism.plugins.vectors.nonnegative import least_divergence, least_squares


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_least_squares_are_those_of_scipy(seed: int, n_parts: int) -> None:
    random = np.random.default_rng(seed)
    parts, X = random.random((n_parts, 8)), random.random((5, 8))
    expected = [nnls(parts.T, row)[0] for row in X]
    np.testing.assert_allclose(least_squares(X, parts, 0.0, 0.0), expected, atol=1e-4)
    np.testing.assert_allclose(least_squares(csr_matrix(X), parts, 0.0, 0.0), expected, atol=1e-4)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.1, 0.5)])
def test_no_other_weights_diverge_less(make: Any, l1: float, l2: float) -> None:
    random = np.random.default_rng(1)
    parts = random.random((3, 8))
    X = random.random((4, 8)) * (random.random((4, 8)) < 0.7)
    weights = least_divergence(make(X), parts, l1, l2)
    for row, found in zip(X, weights, strict=True):

        def loss(w: Any, row: Any = row) -> float:
            model = np.maximum(w @ parts, 1e-12)
            logs = np.where(row > 0, row * np.log(np.where(row > 0, row, 1) / model), 0)
            return float(np.sum(logs - row + model) + l1 * w.sum() + l2 * (w @ w) / 2)

        best = minimize(loss, np.ones(3), bounds=[(0, None)] * 3, tol=1e-12)
        assert loss(found) == pytest.approx(best.fun, abs=1e-6)


@pytest.mark.parametrize("solve", [least_squares, least_divergence])
def test_rows_of_zeros_and_parts_of_zeros_get_no_weight(solve: Any) -> None:
    parts = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    weights = solve(np.array([[0.0, 0.0, 0.0], [2.0, 4.0, 0.0]]), parts, 0.0, 0.0)
    assert weights[0].tolist() == [0, 0]
    np.testing.assert_allclose(weights[1], [2, 0], atol=1e-6)
