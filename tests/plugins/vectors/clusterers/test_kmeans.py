from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans as Theirs
from sklearn.datasets import load_digits

from asterism.framework import DataError, Problem, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.vectors.clusterers.kmeans import KMeans


def split(X: Any, size: int) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


@pytest.fixture
def problems() -> Iterator[list[Problem]]:
    found: list[Problem] = []
    with problems_to(found.append):
        yield found


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_digits().data


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "fields",
    [
        {"n_clusters": 10},
        {"n_clusters": 10, "algorithm": "elkan"},
        {"n_clusters": 7, "init": "random", "n_init": 3, "random_state": 5, "tol": 0.0},
    ],
    ids=repr,
)
def test_labels_are_those_of_scikit_learn_with_the_same_settings(digits: Any, make: Any, dtype: Any, fields: dict[str, Any]) -> None:
    X = make(digits.astype(dtype))
    ours, theirs = KMeans(**fields).fit(X), Theirs(**({"random_state": 0} | fields)).fit(X)
    assert ours.labels_.dtype == np.int64
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert np.array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-5)
    assert (ours.n_iter_, ours.n_clusters_) == (theirs.n_iter_, fields["n_clusters"])


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_predicting_the_training_rows_gives_their_labels_in_a_batch_and_one_by_one(digits: Any, make: Any) -> None:
    X = make(digits.astype(np.float32))
    component = KMeans(n_clusters=10).fit(X)
    assert np.array_equal(component.predict(X), component.labels_)
    assert [int(component.predict(X[[row]])[0]) for row in range(60)] == component.labels_[:60].tolist()


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize("size", [1797, 500, 61])
def test_fit_by_sums_agrees_with_the_fit_in_memory_from_the_same_start(digits: Any, make: Any, init: Any, size: int) -> None:
    X = make(digits)
    by_sums = KMeans(n_clusters=10, init=init, tol=0.0)
    by_sums.begin(X)
    start = by_sums.cluster_centers_
    fit_by_sums(by_sums, split(X, size), sample=X)
    theirs = Theirs(10, init=start, n_init=1, tol=0.0).fit(X)
    assert np.array_equal(by_sums.predict(X), theirs.labels_)
    assert np.allclose(by_sums.cluster_centers_, theirs.cluster_centers_)
    assert by_sums.inertia_ == pytest.approx(theirs.inertia_)
    assert "labels_" not in by_sums.learned()


def test_fit_by_sums_in_float32_agrees_with_the_fit_in_memory_to_a_hundred_thousandth(digits: Any) -> None:
    X = (digits + 100).astype(np.float32)
    by_sums = KMeans(n_clusters=10, tol=0.0)
    by_sums.begin(X)
    start = by_sums.cluster_centers_.astype(np.float32)
    fit_by_sums(by_sums, split(X, 300), sample=X)
    theirs = Theirs(10, init=start, n_init=1, tol=0.0).fit(X)
    assert np.array_equal(by_sums.predict(X), theirs.labels_)
    assert np.allclose(by_sums.cluster_centers_, theirs.cluster_centers_, rtol=1e-5)
    assert by_sums.inertia_ == pytest.approx(theirs.inertia_, rel=1e-5)


def test_fit_by_sums_starts_where_the_fit_in_memory_starts(digits: Any) -> None:
    by_sums, at_once = fit_by_sums(KMeans(n_clusters=10), split(digits, 200), sample=digits), KMeans(n_clusters=10).fit(digits)
    assert np.array_equal(by_sums.predict(digits), at_once.labels_)


def test_fit_by_sums_after_a_fit_in_memory_leaves_nothing_of_it(blobs: Any) -> None:
    component = KMeans().fit(blobs)
    fit_by_sums(component.set_params(n_clusters=4), [blobs])
    assert {"labels_", "criterion_curve_"}.isdisjoint(component.learned())


def test_count_is_picked_from_the_sample_where_the_fit_is_a_sum(blobs: Any) -> None:
    component = fit_by_sums(KMeans(), split(blobs, 50), sample=blobs)
    assert component.n_clusters_ == 4
    assert component.criterion_curve_[:, 0].tolist() == [*range(2, 17), 18, 20]


def test_fewer_records_than_clusters_are_refused(blobs: Any) -> None:
    for fit in (KMeans(n_clusters=8).fit, lambda X: fit_by_sums(KMeans(n_clusters=8), [X], sample=X)):
        with pytest.raises(DataError) as caught:
            fit(blobs[:5])
        assert str(caught.value) == "n_clusters=8, but there are only 5 records; lower it, or give it more records"


def test_one_record_is_one_group() -> None:
    component = KMeans(n_clusters=1).fit(np.array([[1.0, 2.0]]))
    assert component.labels_.tolist() == [0]
    assert component.cluster_centers_.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
def test_fewer_different_rows_than_clusters_are_reported(fit: Any, problems: list[Problem]) -> None:
    X = np.repeat(np.array([[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]), 4, axis=0)
    component = fit(KMeans(n_clusters=5), X)
    assert len(np.unique(component.predict(X))) == 3
    assert [p.message for p in problems] == ["groups without records: 2 of n_clusters=5; perhaps fewer records than that are different"]


@pytest.mark.parametrize("fit", [lambda c, X: c.fit(X), lambda c, X: fit_by_sums(c, [X])], ids=["memory", "sums"])
def test_means_that_may_not_have_settled_are_reported(fit: Any, digits: Any, problems: list[Problem]) -> None:
    fit(KMeans(n_clusters=10, max_iter=2), digits)
    assert [p.message for p in problems] == ["ended after max_iter=2 rounds, perhaps before the means had settled; raise max_iter"]


def test_rows_that_are_all_alike_are_one_group_even_where_the_count_is_picked(problems: list[Problem]) -> None:
    component = KMeans().fit(np.ones((40, 3)))
    assert set(component.labels_.tolist()) == {0}
    assert [p.message for p in problems] == ["groups without records: 1 of n_clusters=2; perhaps fewer records than that are different"]


def plain_spherical(X: Any, means: Any) -> tuple[Any, Any]:
    """Do spherical k-means as its paper writes it."""
    rows = X / np.linalg.norm(X, axis=1, keepdims=True)
    for _ in range(100):
        labels = (rows @ means.T).argmax(axis=1)
        means = np.array([rows[labels == one].sum(axis=0) for one in range(len(means))])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
    return labels, means


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_cosine_is_spherical_k_means_in_memory_and_by_sums(digits: Any, make: Any) -> None:
    X = make(digits)
    component = KMeans(n_clusters=10, metric="cosine", tol=0.0)
    component.begin(X)
    labels, means = plain_spherical(digits, component.cluster_centers_)
    by_sums = fit_by_sums(KMeans(n_clusters=10, metric="cosine", tol=0.0), split(X, 300), sample=X)
    component.fit(X)
    for fitted in (component, by_sums):
        assert np.array_equal(fitted.predict(X), labels)
        assert np.allclose(fitted.cluster_centers_, means)
        assert np.allclose(np.linalg.norm(fitted.cluster_centers_, axis=1), 1)
    assert np.array_equal(component.labels_, labels)
    assert component.inertia_ == pytest.approx(
        (2 - 2 * (digits / np.linalg.norm(digits, axis=1, keepdims=True) * means[labels]).sum(axis=1)).sum()
    )


def test_cosine_takes_no_account_of_length(digits: Any) -> None:
    component = KMeans(n_clusters=10, metric="cosine").fit(digits)
    assert np.array_equal(component.predict(digits * np.linspace(0.1, 30, 1797)[:, np.newaxis]), component.labels_)
    assert [int(component.predict(digits[[row]])[0]) for row in range(60)] == component.labels_[:60].tolist()


def test_best_of_several_starts_is_kept_under_cosine_too(digits: Any) -> None:
    one, five = (KMeans(n_clusters=10, metric="cosine", n_init=n).fit(digits) for n in (1, 5))
    assert five.inertia_ < one.inertia_


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_rows_of_zeros_have_no_group_by_cosine(digits: Any, make: Any) -> None:
    X = digits.copy()
    X[[3, 8]] = 0
    component = KMeans(n_clusters=10, metric="cosine").fit(digits)
    for work in (KMeans(n_clusters=10, metric="cosine").fit, component.predict):
        with pytest.raises(DataError) as caught:
            work(make(X))
        message = "metric='cosine' compares directions, and rows of zeros have no direction (rows 3, 8)"
        assert str(caught.value) == f"{message}; leave these records out, or take 'euclidean'"


def test_elkan_with_one_group_is_lloyd() -> None:
    assert KMeans(n_clusters=1, algorithm="elkan").fit(np.array([[1.0], [3.0]])).cluster_centers_.tolist() == [[2.0]]


def test_count_is_picked_by_directions_under_cosine() -> None:
    random = np.random.default_rng(0)
    directions = np.repeat(np.eye(6), 50, axis=0) + random.normal(size=(300, 6), scale=0.05)
    component = KMeans(metric="cosine").fit(directions * random.uniform(0.1, 100, (300, 1)))
    assert component.n_clusters_ == 6
    assert component.notes_ == ["n_clusters 6 by simplified silhouette, tried 2 to 16"]


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("make", [np.asarray, csr_matrix])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_batch_that_is_not_finite_is_refused_with_its_rows(blobs: Any, metric: Any, make: Any, value: float) -> None:
    component = KMeans(n_clusters=4, metric=metric)
    component.begin(blobs)
    batch = blobs[:50].copy()
    batch[[3, 17], 2] = value
    with pytest.raises(DataError) as refusal:
        component.summarize(make(batch))
    assert refusal.value.rows == (3, 17)


def test_batch_whose_squares_alone_overflow_is_added_up(blobs: Any) -> None:
    component = KMeans(n_clusters=4)
    component.begin(blobs)
    far = np.full((2, 6), 1e25, np.float32)
    assert component.summarize(np.vstack([blobs, far]))["count"].sum() == 402
