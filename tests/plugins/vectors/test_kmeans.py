from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans as Theirs
from sklearn.datasets import load_digits

from asterism.framework import DataError, Problem, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.vectors.kmeans import KMeans


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
    "fields", [{"n_clusters": 10}, {"n_clusters": 7, "init": "random", "n_init": 3, "random_state": 5, "tol": 0.0}], ids=repr
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
