from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from asterism.plugins.vectors.nearest import nearest


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_labels_and_distances_are_those_of_a_plain_table_of_distances(make: Any) -> None:
    random = np.random.default_rng(0)
    X, centers = random.normal(size=(500, 7)), random.normal(size=(9, 7))
    labels, distances = nearest(make(X), centers)
    table = cdist(X, centers, "sqeuclidean")
    assert labels.dtype == np.int64
    assert np.array_equal(labels, table.argmin(axis=1))
    assert np.allclose(distances, table.min(axis=1))


@given(seed=st.integers(0, 2**32 - 1), n_columns=st.integers(1, 30), sparse=st.booleans())
def test_row_has_the_same_answer_alone_as_in_a_batch_even_where_centers_tie(seed: int, n_columns: int, sparse: bool) -> None:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (17, n_columns)).astype(np.float32)  # whole numbers make many ties
    centers = random.integers(0, 3, (5, n_columns)) / 3
    given_rows = csr_matrix(X) if sparse else X
    batch = nearest(given_rows, centers)[0]
    assert batch.tolist() == [int(nearest(given_rows[[row]], centers)[0][0]) for row in range(17)]


def test_first_of_two_equal_centers_is_taken() -> None:
    assert nearest(np.array([[0.1], [0.9]]), np.array([[0.3], [0.3]]))[0].tolist() == [0, 0]


def test_distance_is_never_negative() -> None:
    X = np.random.default_rng(0).normal(size=(50, 20)) + 1e5
    assert (nearest(X, X[:10])[1] >= 0).all()
