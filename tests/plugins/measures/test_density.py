from typing import Any

import numpy as np
import pytest
from hdbscan.validity import validity_index
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.datasets import make_moons

from asterism.framework.measures import is_on_request
from asterism.plugins.measures import density as module
from asterism.plugins.measures.density import dbcv
from asterism.plugins.measures.separation import silhouette

MAKE = {"dense": np.asarray, "CSR": csr_matrix}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@given(seed=st.integers(0, 2**32 - 1), n_columns=st.integers(1, 30), apart=st.sampled_from([0.0, 1.0, 5.0]), block=st.integers(1, 60))
def test_number_is_that_of_the_package_hdbscan(make: Any, seed: int, n_columns: int, apart: float, block: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 3, 50)
    assume(np.bincount(labels[labels >= 0], minlength=3).min() > 1)  # the package fails for a group of one
    matrix = random.normal(size=(50, n_columns)) + apart * random.normal(size=(4, n_columns))[labels]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", block)
        assert dbcv(labels, make(matrix)) == pytest.approx(validity_index(matrix, labels), abs=1e-6)


def test_groups_of_any_shape_score_high_where_silhouettes_do_not() -> None:
    matrix, moons = make_moons(300, noise=0.04, random_state=0)
    halves = (matrix[:, 0] > 0.5).astype(int)
    found, wrong = dbcv(moons, matrix), dbcv(halves, matrix)
    assert found is not None
    assert wrong is not None
    assert found > 0 > wrong
    assert silhouette(halves, matrix) > silhouette(moons, matrix)  # type: ignore[operator]  # both have two groups


def test_many_columns_overflow_nothing() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    matrix = random.normal(size=(60, 3000)) * 1e-3 + 0.1 * random.normal(size=(3, 3000))[labels]
    found = dbcv(labels, matrix)
    assert found is not None
    assert found > 0.9


def test_many_records_give_the_number_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(-1, 3, 1200)
    matrix = random.normal(size=(1200, 2)) + 6 * random.normal(size=(4, 2))[labels]
    exact = dbcv(labels, matrix)
    monkeypatch.setattr(module, "SAMPLE", 600)
    assert dbcv(labels, matrix) == dbcv(labels, matrix)
    assert dbcv(labels, matrix) != exact
    assert dbcv(labels, matrix) == pytest.approx(exact, abs=0.1)


def test_noise_and_groups_of_one_count_as_in_no_good_group() -> None:
    random = np.random.default_rng(0)
    matrix, labels = np.concatenate([random.normal(size=(20, 2)), random.normal(size=(20, 2)) + 50]), np.repeat([0, 1], 20)
    alone = dbcv(labels, matrix)
    more = np.concatenate([matrix, [[200.0, 0.0], [-200.0, 0.0]]])
    for others in ([-1, -1], [2, 3], [-1, 7]):
        assert dbcv(np.concatenate([labels, others]), more) == pytest.approx(alone * 40 / 42)  # type: ignore[operator]  # two groups


@pytest.mark.parametrize("labels", [[], [-1] * 6, [0] * 6, [-1, -1, 3, 3, 3, 3], [0, 0, 0, 0, 0, 1], [0, 1, 2, 3, 4, 5]])
def test_fewer_than_two_groups_give_no_number(labels: list[int]) -> None:
    assert dbcv(np.array(labels, np.int64), np.random.default_rng(0).random((len(labels), 3))) is None


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_equal_rows_only_score_nothing(make: Any) -> None:
    assert dbcv(np.arange(8) % 2, make(np.full((8, 3), 0.1))) == 0


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_groups_of_copies_far_apart_score_one(make: Any) -> None:
    matrix = np.repeat(np.random.default_rng(0).random((2, 5)), 4, axis=0)
    assert dbcv(np.repeat([0, 1], 4), make(matrix)) == 1


def test_it_is_computed_on_request() -> None:
    assert is_on_request(dbcv)
