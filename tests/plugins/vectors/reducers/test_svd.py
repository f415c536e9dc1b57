from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD

from asterism.framework import DataError, fit_by_sums
from asterism.plugins.vectors.reducers.svd import SVD


def split(X: Any, size: int) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
def test_numbers_are_those_of_truncated_svd(fixture: str, dtype: Any, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture).astype(dtype)
    ours, theirs = SVD(n_components=5, random_state=3).fit(X), TruncatedSVD(5, random_state=3).fit(X)
    assert np.array_equal(ours.components_, theirs.components_)
    assert np.array_equal(ours.singular_values_, theirs.singular_values_)
    assert np.allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-4)  # theirs are float32
    assert np.allclose(ours.transform(X), theirs.transform(X), rtol=1e-5, atol=1e-5)  # likewise


def test_transforming_the_training_rows_gives_what_fit_transform_gave(sparse_rows: Any) -> None:
    component = SVD(n_components=4)
    placed = component.fit_transform(sparse_rows)
    assert placed.dtype == np.float32
    assert np.array_equal(placed, component.transform(sparse_rows))


@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
@pytest.mark.parametrize("size", [300, 64, 7])
def test_fit_by_sums_agrees_with_the_fit_in_memory(fixture: str, size: int, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    at_once, by_sums = SVD(n_components=5).fit(X), fit_by_sums(SVD(n_components=5), split(X, size))
    for name in ("components_", "singular_values_"):
        assert np.allclose(getattr(by_sums, name), getattr(at_once, name), rtol=1e-8, atol=1e-10), name
    # In memory the variance is that of the projected float32 rows.
    assert np.allclose(by_sums.explained_variance_ratio_, at_once.explained_variance_ratio_, rtol=1e-5, atol=1e-8)


def test_fit_by_sums_agrees_where_there_are_more_columns_than_rows(rows: Any) -> None:
    X = rows.T  # in memory the iteration starts from the other side, so the last digits of a slow singular value differ
    at_once, by_sums = SVD(n_components=5, n_iter=10).fit(X), fit_by_sums(SVD(n_components=5, n_iter=10), split(X, 9))
    assert np.allclose(by_sums.components_, at_once.components_, atol=1e-5)


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
@pytest.mark.parametrize("value", [0.0, 2.0])
def test_rows_that_are_all_alike_have_finite_orthonormal_components(fit: Any, value: float) -> None:
    component = fit(SVD(n_components=3), np.full((20, 5), value))
    assert np.allclose(component.components_ @ component.components_.T, np.eye(3))
    assert component.singular_values_ == pytest.approx([value * 10, 0, 0], abs=1e-12)
    assert component.explained_variance_ratio_ == pytest.approx([0, 0, 0], abs=1e-6)


def test_rows_within_the_space_come_back(rows: Any) -> None:
    X = rows[:, :3] @ np.random.default_rng(0).normal(size=(3, 12))
    component = SVD(n_components=3).fit(X)
    assert np.allclose(component.inverse_transform(component.transform(X)), X, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((9, 4), "n_components=5, but there are only 4 columns; lower it, or give it more columns"),
        ((4, 9), "n_components=5, but there are only 4 records; lower it, or give it more records"),
    ],
)
def test_more_components_than_rows_or_columns_are_refused(shape: tuple[int, int], message: str) -> None:
    X = np.random.default_rng(0).random(shape)
    for fit in (SVD(n_components=5).fit, lambda X: fit_by_sums(SVD(n_components=5), [X[:2], X[2:]])):
        with pytest.raises(DataError) as caught:
            fit(X)
        assert str(caught.value) == message


def test_inputs_stay_unchanged(sparse_rows: Any) -> None:
    before = sparse_rows.copy()
    SVD().fit_transform(sparse_rows)
    assert (sparse_rows != before).nnz == 0
    assert isinstance(sparse_rows, csr_matrix)
