"""Random projections, against scikit-learn's with the same seed."""

import logging
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix, issparse
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection, johnson_lindenstrauss_min_dim

from asterism.framework import DataError, fit_by_sums
from asterism.plugins.vectors.reducers.random_projection import RandomProjection

THEIRS = {"gaussian": GaussianRandomProjection, "sparse": SparseRandomProjection}


@pytest.mark.parametrize("distribution", ["gaussian", "sparse"])
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
def test_matrix_and_rows_are_those_of_scikit_learn(fixture: str, distribution: Any, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    ours = RandomProjection(n_components=7, distribution=distribution, random_state=3).fit(X)
    theirs = THEIRS[distribution](7, random_state=3).fit(X)
    mine, others = (m.toarray() if issparse(m) else m for m in (ours.components_, theirs.components_))
    assert np.array_equal(mine, others)
    placed, expected = ours.transform(X), theirs.transform(X)
    assert placed.dtype == np.float32
    np.testing.assert_allclose(placed, expected.toarray() if issparse(expected) else expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("density", [1 / 3, 1.0])
def test_density_is_that_of_scikit_learn(rows: Any, density: float) -> None:
    ours = RandomProjection(n_components=7, distribution="sparse", density=density).fit(rows)
    theirs = SparseRandomProjection(7, density=density, random_state=0).fit(rows)
    np.testing.assert_allclose(ours.transform(rows), theirs.transform(rows), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("distribution", ["gaussian", "sparse"])
def test_projection_of_what_was_brought_back_is_the_same(sparse_rows: Any, distribution: Any) -> None:
    component = RandomProjection(n_components=12, distribution=distribution, density=0.5).fit(sparse_rows)
    placed = component.transform(sparse_rows)
    np.testing.assert_allclose(component.transform(component.inverse_transform(placed)), placed, rtol=1e-3, atol=1e-3)


def test_auto_takes_as_many_components_as_johnson_and_lindenstrauss_ask_for() -> None:
    X = csr_matrix((50, 3000))
    component = RandomProjection(n_components="auto", eps=0.3).fit(X)
    assert component.components_.shape == (johnson_lindenstrauss_min_dim(50, eps=0.3), 3000)
    by_sums = fit_by_sums(RandomProjection(n_components="auto", eps=0.3), [X[:20], X[20:]])
    assert np.array_equal(by_sums.components_, component.components_)
    assert by_sums.notes_ == ["434 components for 50 records"]


def test_first_batch_says_all_where_the_number_is_given(rows: Any) -> None:
    def batches() -> Any:
        yield rows[:10]
        raise AssertionError("the rest of the data is not needed")

    by_sums = fit_by_sums(RandomProjection(n_components=5), batches())
    assert np.array_equal(by_sums.transform(rows), RandomProjection(n_components=5).fit_transform(rows))


def test_note_says_how_well_distances_are_kept() -> None:
    X = np.random.default_rng(0).normal(size=(500, 400)).astype(np.float32)
    [note] = RandomProjection(n_components=100).fit(X).notes_
    assert note == "distances between 100 records change by 5% at the median, by 27% at most"
    assert RandomProjection().fit(np.ones((5, 200))).notes_ == []


def test_no_reduction_is_reported(rows: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        RandomProjection().fit(rows)
    assert [record.getMessage() for record in caplog.records] == ["n_components=100 is no reduction: there are only 40 columns"]


def test_auto_is_refused_where_there_are_not_enough_columns(rows: Any) -> None:
    for fit in (lambda component: component.fit(rows), lambda component: fit_by_sums(component, [rows])):
        with pytest.raises(DataError) as caught:
            fit(RandomProjection(n_components="auto"))
        assert str(caught.value) == (
            "n_components='auto' with eps=0.1 takes 4,888 components for 300 records, and there are only 40 columns; "
            "set n_components, or raise eps"
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("distribution", ["gaussian", "sparse"])
def test_row_alone_is_placed_as_in_a_batch(distribution: Any, dtype: Any) -> None:
    X = np.random.default_rng(0).normal(size=(1200, 333)).astype(dtype)
    component = RandomProjection(n_components=50, distribution=distribution).fit(X)
    placed = component.transform(X)
    for row in (0, 511, 1023, 1024, 1199):
        # BLAS adds up some rows of a block in another order than others on some processors, so the last bit may differ.
        np.testing.assert_allclose(component.transform(X[[row]])[0], placed[row], rtol=1e-5, atol=1e-5)
