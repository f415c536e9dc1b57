from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris, make_blobs
from sklearn.mixture import GaussianMixture as Theirs

from asterism.framework import DataError, Problem, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.vectors.clusterers.gaussian_mixture import GaussianMixture

FORMS = ["full", "tied", "diag", "spherical"]


def split(X: Any, size: int) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


@pytest.fixture(scope="module")
def rows() -> Any:
    """900 x 5 around six centres, of three sizes and stretched."""
    X, _ = make_blobs(900, 5, centers=6, cluster_std=[0.5, 1, 2, 0.5, 1, 2], random_state=4)
    return X @ (np.eye(5) + 0.4 * np.tri(5, k=-1))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_numbers_are_those_of_scikit_learn_with_the_same_settings(rows: Any, form: Any, dtype: Any, make: Any) -> None:
    X = rows.astype(dtype)
    ours = GaussianMixture(n_clusters=6, covariance_type=form, n_init=2, random_state=1).fit(make(X))
    theirs = Theirs(6, covariance_type=form, n_init=2, random_state=1).fit(X)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    assert (ours.n_iter_, ours.converged_, ours.lower_bound_) == (theirs.n_iter_, theirs.converged_, theirs.lower_bound_)
    assert np.array_equal(ours.labels_, theirs.predict(X))
    tolerance = 1e-3 if dtype == np.float32 else 1e-9
    assert np.allclose(ours.membership(make(X)), theirs.predict_proba(X), atol=tolerance)
    assert np.allclose(ours.score_samples(make(X)), theirs.score_samples(X), rtol=tolerance)
    assert ours.bic_ == pytest.approx(theirs.bic(X), rel=1e-5)
    assert ours.aic_ == pytest.approx(theirs.aic(X), rel=1e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_fit_by_sums_agrees_with_the_fit_in_memory_from_the_same_start(rows: Any, form: Any, offset: float) -> None:
    X = rows + offset
    fields = {"n_clusters": 6, "covariance_type": form, "tol": 1e-6, "max_iter": 300}
    ours, by_sums = GaussianMixture(**fields).fit(X), fit_by_sums(GaussianMixture(**fields), split(X, 250), sample=X)
    for name in ("weights_", "means_", "covariances_", "lower_bound_", "bic_", "aic_"):
        assert np.allclose(getattr(by_sums, name), getattr(ours, name), rtol=1e-5, atol=1e-6)
    assert (by_sums.n_iter_, by_sums.converged_) == (ours.n_iter_, True)
    assert np.array_equal(by_sums.predict(X), ours.labels_)
    assert "labels_" not in by_sums.learned()


@pytest.mark.parametrize("form", FORMS)
def test_predicting_the_training_rows_gives_their_labels_in_a_batch_and_one_by_one(form: Any) -> None:
    X = load_iris().data.astype(np.float32)
    component = GaussianMixture(n_clusters=4, covariance_type=form).fit(X)
    assert np.array_equal(component.predict(X), component.labels_)
    assert [int(component.predict(X[[row]])[0]) for row in range(150)] == component.labels_.tolist()
    assert np.allclose(np.concatenate([component.membership(X[[row]]) for row in range(150)]), component.membership(X))


def test_shares_sum_to_one_and_the_largest_is_the_label(rows: Any) -> None:
    component = GaussianMixture(n_clusters=6).fit(rows)
    shares = component.membership(rows)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.array_equal(shares.argmax(axis=1), component.labels_)


def test_row_far_from_everything_has_shares_and_a_low_density(rows: Any) -> None:
    component = GaussianMixture(n_clusters=6).fit(rows)
    assert np.isfinite(component.membership(np.full((1, 5), 1e6))).all()
    assert component.score_samples(np.full((1, 5), 1e6))[0] < component.score_samples(rows).min()


def test_count_is_picked_by_the_criterion_of_the_mixture_itself(rows: Any) -> None:
    component = GaussianMixture().fit(rows[:200])
    assert component.n_clusters_ == 6
    assert component.notes_ == ["n_clusters 6 by bic, tried 2 to 14"]
    by_hand = Theirs(6, max_iter=20, random_state=0).fit(rows[:200]).bic(rows[:200])
    assert component.criterion_curve_[4].tolist() == [6, -by_hand]


def test_count_is_picked_by_another_criterion_from_labels(blobs: Any) -> None:
    assert GaussianMixture(criterion="silhouette").fit(blobs[:100]).n_clusters_ == 4


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
def test_fewer_records_than_clusters_are_refused(fit: Any, blobs: Any) -> None:
    with pytest.raises(DataError) as caught:
        fit(GaussianMixture(n_clusters=8), blobs[:5])
    assert str(caught.value) == "n_clusters=8, but there are only 5 records; lower it, or give it more records"


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
@pytest.mark.parametrize("form", FORMS)
def test_covariance_without_an_inverse_is_refused_with_a_way_out(fit: Any, form: Any) -> None:
    X = np.column_stack([np.repeat([0.0, 9.0], 5), np.zeros(10)])
    with pytest.raises(DataError) as caught:
        fit(GaussianMixture(n_clusters=2, covariance_type=form, reg_covar=0.0), X)
    reason = "the covariance of a group is not positive definite: its records are too few or too much alike for that many columns"
    assert str(caught.value) == f"{reason}; raise reg_covar, reduce the dimensions first, or take covariance_type 'diag'"


def test_covariance_that_only_float32_is_too_coarse_for_is_taken_in_float64() -> None:
    X = (np.random.default_rng(0).normal(size=(30, 20)) * np.geomspace(1e4, 1, 20)).astype(np.float32)
    with pytest.raises(ValueError, match="ill-defined"):
        Theirs(2, random_state=0).fit(X)
    ours, theirs = GaussianMixture(n_clusters=2).fit(X), Theirs(2, random_state=0).fit(X.astype(np.float64))
    assert np.array_equal(ours.covariances_, theirs.covariances_)


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
def test_likelihood_that_has_not_settled_is_reported(fit: Any, rows: Any) -> None:
    problems: list[Problem] = []
    with problems_to(problems.append):
        fit(GaussianMixture(n_clusters=9, max_iter=2, tol=0.0), rows)
    assert [p.message for p in problems] == ["ended after max_iter=2 rounds, before the likelihood had settled; raise max_iter or tol"]


def test_fewer_different_rows_than_clusters_are_reported() -> None:
    X = np.repeat(np.array([[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]), 4, axis=0)
    problems: list[Problem] = []
    with problems_to(problems.append):
        component = GaussianMixture(n_clusters=5).fit(X)
    assert len(np.unique(component.labels_)) == 3
    assert [p.message for p in problems] == ["groups without records: 2 of n_clusters=5; perhaps fewer records than that are different"]


def test_fewer_different_rows_than_clusters_leave_every_density_finite_where_the_fit_is_a_sum() -> None:
    X = np.repeat(np.array([[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]), 4, axis=0).astype(np.float32)
    component = fit_by_sums(GaussianMixture(n_clusters=5), [X])
    assert len(np.unique(component.predict(X))) == 3
    assert np.isfinite(component.score_samples(X)).all()


def test_one_record_is_refused() -> None:
    with pytest.raises(DataError, match="minimum of 2 is required"):
        GaussianMixture(n_clusters=1).fit(np.array([[1.0, 2.0]]))
