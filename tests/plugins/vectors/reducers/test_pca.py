from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array
from sklearn.decomposition import PCA as THEIRS

from asterism.framework import DataError, fit_by_sums
from asterism.plugins.vectors.reducers.pca import PCA

LEARNED = ("mean_", "components_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


def split(X: Any, size: int) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


def assert_close(ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    for name in LEARNED:
        assert np.allclose(getattr(ours, name), getattr(theirs, name), rtol=tolerance, atol=tolerance), name


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("whiten", [False, True])
def test_numbers_are_those_of_scikit_learn(rows: Any, make: Any, whiten: bool) -> None:
    ours, theirs = PCA(n_components=5, whiten=whiten).fit(make(rows)), THEIRS(5, whiten=whiten, svd_solver="full").fit(rows)
    assert_close(ours, theirs)
    placed = ours.transform(make(rows))
    assert placed.dtype == np.float32
    assert np.allclose(placed, theirs.transform(rows), rtol=1e-6, atol=1e-5)
    assert np.allclose(ours.inverse_transform(placed), theirs.inverse_transform(placed), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("solver", ["exact", "randomized"])
@pytest.mark.parametrize("size", [300, 64, 7])
def test_fit_by_sums_agrees_with_the_fit_in_memory(rows: Any, make: Any, solver: Any, size: int) -> None:
    component = PCA(n_components=4, solver=solver)
    by_sums = fit_by_sums(PCA(n_components=4, solver=solver), split(make(rows), size))
    assert_close(by_sums, component.fit(make(rows)))


def test_randomized_solver_finds_the_exact_axes(rows: Any) -> None:
    assert_close(PCA(n_components=4, solver="randomized").fit(rows), PCA(n_components=4, solver="exact").fit(rows), 1e-5)


def test_few_wide_dense_rows_are_exact() -> None:
    X = np.random.default_rng(0).random((30, 1500))
    assert_close(PCA(n_components=29).fit(X), THEIRS(29, svd_solver="full").fit(X))


def test_wide_sparse_rows_are_never_made_dense() -> None:
    X = csr_matrix(random_array((400, 200_000), density=1e-4, rng=np.random.default_rng(0)))
    component = PCA(n_components=3).fit(X)  # dense, it would take 640 MB, and its covariance 320 GB
    assert component.components_.shape == (3, 200_000)
    assert np.allclose(component.transform(X).mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("shape", [(300, 40), (30, 40)])
def test_share_of_variance_keeps_as_many_components_as_scikit_learn(rows: Any, share: float, shape: tuple[int, int]) -> None:
    X = rows[: shape[0]]
    component = PCA(n_components=share).fit(X)
    assert len(component.components_) == THEIRS(share, svd_solver="full").fit(X).n_components_
    assert component.explained_variance_ratio_.sum() >= share


def test_mean_far_from_zero_costs_no_digits(rows: Any) -> None:
    X = rows + 1e6
    assert_close(fit_by_sums(PCA(n_components=3), split(X, 30)), THEIRS(3, svd_solver="full").fit(X))


@pytest.mark.parametrize("solver", ["exact", "randomized"])
@pytest.mark.parametrize("n_components", [3, 0.5])
def test_rows_that_are_all_alike_stay_finite(solver: Any, n_components: Any) -> None:
    component = PCA(n_components=n_components, solver=solver, whiten=True).fit(np.ones((20, 5), np.float32))
    assert np.allclose(component.components_ @ component.components_.T, np.eye(len(component.components_)))
    assert np.isfinite(component.transform(np.zeros((2, 5)))).all()
    assert (component.explained_variance_ratio_ == 0).all()


@pytest.mark.parametrize("solver", ["exact", "randomized"])
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((9, 4), "n_components=5, but there are only 4 columns; lower it, or give it more columns"),
        ((4, 9), "n_components=5, but there are only 4 records; lower it, or give it more records"),
    ],
)
def test_more_components_than_rows_or_columns_are_refused(solver: Any, shape: tuple[int, int], message: str) -> None:
    X = np.random.default_rng(0).random(shape)
    component = PCA(n_components=5, solver=solver)
    for fit in (component.fit, lambda X: fit_by_sums(component, [X[:2], X[2:]])):
        with pytest.raises(DataError) as caught:
            fit(X)
        assert str(caught.value) == message


def test_one_record_has_no_variance() -> None:
    with pytest.raises(DataError, match=r"^Found array with 1 sample\(s\) .* while a minimum of 2 is required by PCA\.$"):
        PCA(n_components=1).fit(np.ones((1, 3)))
    with pytest.raises(DataError, match=r"^n_components=1, but there is only 1 record;"):
        fit_by_sums(PCA(n_components=1), [np.ones((1, 3))])
