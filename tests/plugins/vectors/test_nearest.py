from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from asterism.plugins.vectors.nearest import nearest

pytestmark = pytest.mark.usefixtures("several_threads")


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_centers", [1, 2, 9, 300])
def test_labels_are_those_of_a_plain_table_of_distances(make: Any, dtype: Any, n_centers: int) -> None:
    random = np.random.default_rng(0)
    X, centers = random.normal(size=(9000, 7)).astype(dtype), random.normal(size=(n_centers, 7))
    labels = nearest(make(X), centers)
    assert labels.dtype == np.int64
    assert np.array_equal(labels, cdist(X, centers, "sqeuclidean").argmin(axis=1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_labels_far_from_the_origin_are_right_too(dtype: Any) -> None:
    random = np.random.default_rng(0)
    X = (random.normal(size=(2000, 5)) + 1e5).astype(dtype)
    centers = X[:20].astype(np.float64) + 1e-3
    assert np.array_equal(nearest(X, centers), cdist(X.astype(np.float64) - 1e5, centers - 1e5).argmin(axis=1))


@given(seed=st.integers(0, 2**32 - 1), n_columns=st.integers(1, 30), sparse=st.booleans(), single=st.booleans())
def test_row_has_the_same_answer_alone_as_in_a_batch_even_where_centers_tie(seed: int, n_columns: int, sparse: bool, single: bool) -> None:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (17, n_columns)).astype(np.float32 if single else np.float64)  # whole numbers make many ties
    centers = random.integers(0, 3, (5, n_columns)) / 3
    given_rows = csr_matrix(X) if sparse else X
    batch = nearest(given_rows, centers)
    assert batch.tolist() == [int(nearest(given_rows[[row]], centers)[0]) for row in range(17)]
    assert batch.tolist() == ((X[:, np.newaxis] - centers) ** 2).sum(axis=2).argmin(axis=1).tolist()


def test_first_of_two_equal_centers_is_taken() -> None:
    assert nearest(np.array([[0.1], [0.9]]), np.array([[0.3], [0.3]])).tolist() == [0, 0]


def test_squares_that_overflow_float32_are_taken_in_float64() -> None:
    X = np.array([[1e30, 0], [0, 1e30], [-1e30, 0]], np.float32)
    assert nearest(X, np.array([[1e30, 1e29], [0, 1e30], [-1e30, 0]])).tolist() == [0, 1, 2]
