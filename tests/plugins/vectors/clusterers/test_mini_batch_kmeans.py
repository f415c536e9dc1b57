from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import MiniBatchKMeans as Theirs
from sklearn.datasets import load_digits

from asterism.framework import DataError, Problem
from asterism.framework.problems import problems_to
from asterism.plugins.vectors.clusterers.mini_batch_kmeans import MiniBatchKMeans


@pytest.fixture(scope="module")
def digits() -> Any:
    return load_digits().data


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "fields",
    [{"n_clusters": 10}, {"n_clusters": 5, "init": "random", "n_init": 2, "sample_size": 200, "max_no_improvement": None, "max_iter": 5}],
    ids=repr,
)
def test_groups_are_those_of_scikit_learn_with_the_same_settings(digits: Any, make: Any, dtype: Any, fields: dict[str, Any]) -> None:
    X = make(digits.astype(dtype))
    ours = MiniBatchKMeans(**fields).fit(X)
    named = {{"sample_size": "batch_size"}.get(name, name): value for name, value in fields.items()}
    theirs = Theirs(random_state=0, **named).fit(X)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert np.array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_)
    assert (ours.n_iter_, ours.n_clusters_, ours.labels_.dtype) == (theirs.n_iter_, fields["n_clusters"], np.int64)


def test_predicting_the_training_rows_gives_their_labels_in_a_batch_and_one_by_one(digits: Any) -> None:
    component = MiniBatchKMeans(n_clusters=10).fit(digits)
    assert np.array_equal(component.predict(digits), component.labels_)
    assert [int(component.predict(digits[[row]])[0]) for row in range(60)] == component.labels_[:60].tolist()


def test_count_is_picked(blobs: Any) -> None:
    component = MiniBatchKMeans().fit(blobs)
    assert component.n_clusters_ == 4
    assert component.notes_ == ["n_clusters 4 by simplified silhouette, tried 2 to 20"]


def test_fewer_records_than_clusters_are_refused(blobs: Any) -> None:
    with pytest.raises(DataError) as caught:
        MiniBatchKMeans(n_clusters=8).fit(blobs[:5])
    assert str(caught.value) == "n_clusters=8, but there are only 5 records; lower it, or give it more records"


def test_fewer_different_rows_than_clusters_are_reported() -> None:
    X = np.repeat(np.array([[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]), 4, axis=0)
    problems: list[Problem] = []
    with problems_to(problems.append):
        component = MiniBatchKMeans(n_clusters=5).fit(X)
    assert len(np.unique(component.labels_)) == 3
    assert [p.message for p in problems] == ["groups without records: 2 of n_clusters=5; perhaps fewer records than that are different"]
