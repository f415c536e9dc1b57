from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans as Theirs
from sklearn.datasets import load_digits

from asterism.framework import DataError, Problem, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.vectors.reducers.kmeans_distance import KMeansDistance


def split(X: Any, size: int) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_digits().data


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("fields", [{"n_clusters": 12}, {"n_clusters": 3, "init": "random", "n_init": 2, "algorithm": "elkan"}], ids=repr)
def test_distances_are_those_of_scikit_learn_with_the_same_settings(digits: Any, make: Any, fields: Any) -> None:
    X = make(digits)
    placed = KMeansDistance(**fields).fit_transform(X)
    theirs = Theirs(random_state=0, **({"n_init": "auto"} | fields)).fit(X)
    assert placed.dtype == np.float32
    assert placed.shape == (1797, fields["n_clusters"])
    assert np.allclose(placed, theirs.transform(X), rtol=1e-6)


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_row_has_the_same_distances_alone_as_in_a_batch(digits: Any, make: Any) -> None:
    X = make(digits[:300].astype(np.float32))
    component = KMeansDistance().fit(X)
    assert np.array_equal(np.vstack([component.transform(X[[row]]) for row in range(300)]), component.transform(X))


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_distance_of_a_mean_to_itself_is_nothing_however_far_from_the_origin(make: Any) -> None:
    X = np.repeat(np.eye(3) + 1e6, 2, axis=0)
    placed = KMeansDistance(n_clusters=3).fit_transform(make(X))
    assert np.allclose(np.sort(placed, axis=1), [0, np.sqrt(2), np.sqrt(2)])


def test_fit_by_sums_agrees_with_the_fit_in_memory(digits: Any) -> None:
    at_once = KMeansDistance(n_clusters=10).fit(digits)
    by_sums = fit_by_sums(KMeansDistance(n_clusters=10), split(digits, 200), sample=digits)
    assert np.allclose(by_sums.transform(digits), at_once.transform(digits), rtol=1e-5)
    assert "labels_" not in by_sums.learned()


def test_fewer_records_than_clusters_are_refused(digits: Any) -> None:
    for fit in (KMeansDistance().fit, lambda X: fit_by_sums(KMeansDistance(), [X])):
        with pytest.raises(DataError) as caught:
            fit(digits[:5])
        assert str(caught.value) == "n_clusters=8, but there are only 5 records; lower it, or give it more records"


def test_fewer_different_rows_than_clusters_are_reported() -> None:
    X = np.repeat(np.array([[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]), 4, axis=0)
    problems: list[Problem] = []
    with problems_to(problems.append):
        placed = KMeansDistance(n_clusters=5).fit_transform(X)
    assert np.isfinite(placed).all()
    assert [p.message for p in problems] == ["groups without records: 2 of n_clusters=5; perhaps fewer records than that are different"]


def test_one_record_lies_on_its_mean() -> None:
    assert KMeansDistance(n_clusters=1).fit_transform(np.array([[1.0, 2.0]])).tolist() == [[0.0]]
