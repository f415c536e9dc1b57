from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from asterism.plugins.measures.distances import sample, squared_distances


@given(seed=st.integers(0, 2**32 - 1), sparse=st.booleans())
def test_distances_are_those_of_pair_after_pair(seed: int, sparse: bool) -> None:
    random = np.random.default_rng(seed)
    rows, others = random.normal(size=(7, 4)), random.normal(size=(5, 4)).astype(np.float32)
    make: Any = csr_matrix if sparse else np.asarray
    assert squared_distances(make(rows), make(others)) == pytest.approx(cdist(rows, others, "sqeuclidean"), rel=1e-12)


def test_rows_near_to_each_other_and_far_from_the_origin_lose_no_digits() -> None:
    rows = 1e6 + np.random.default_rng(0).normal(size=(20, 3))
    assert squared_distances(rows, rows) == pytest.approx(cdist(rows, rows, "sqeuclidean"), rel=1e-9)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
def test_equal_rows_are_at_exactly_zero(make: Any) -> None:
    rows = np.repeat(np.random.default_rng(0).random((30, 300)), 2, axis=0).astype(np.float32)
    distances = squared_distances(make(rows), make(rows))
    assert (distances[np.arange(60) // 2 == (np.arange(60) // 2)[:, np.newaxis]] == 0).all()
    assert np.count_nonzero(distances == 0) == 120


def test_sample_is_of_different_rows_in_order_and_the_same_every_time() -> None:
    rows = sample(1000, 100)
    assert len(rows) == 100
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, sample(1000, 100))
    assert not np.array_equal(rows, sample(1000, 100, random_state=1))
    assert sample(3, 100).tolist() == [0, 1, 2]
    assert sample(0, 100).tolist() == []
