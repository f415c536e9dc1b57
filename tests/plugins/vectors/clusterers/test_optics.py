import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import OPTICS as THEIR_OPTICS

from asterism.framework import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.clusterers.optics import OPTICS


def theirs(rows: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return THEIR_OPTICS(**options).fit(rows)


@pytest.mark.parametrize(
    "options", [{}, {"xi": 0.01}, {"min_cluster_size": 40}, {"cluster_method": "dbscan", "eps": 3.0}, {"metric": "manhattan"}]
)
def test_ordering_and_groups_are_those_of_scikit_learn(blobs: Any, options: dict[str, Any]) -> None:
    rows = blobs.astype(np.float64)
    ours, expected = OPTICS(**options).fit(rows), theirs(rows, min_samples=5, **options)
    assert np.array_equal(ours.ordering_, expected.ordering_)
    np.testing.assert_array_equal(ours.reachability_, expected.reachability_)
    assert np.array_equal(ours.labels_, expected.labels_)


def test_cosine_is_that_of_scikit_learn(rows: Any) -> None:
    ours, expected = OPTICS(metric="cosine").fit(rows), theirs(rows, metric="cosine")
    np.testing.assert_allclose(ours.core_distances_, expected.core_distances_, rtol=1e-6, atol=1e-9)


def test_new_rows_belong_to_the_nearest_training_row_within_its_core_distance(blobs: Any) -> None:
    found = OPTICS(min_cluster_size=40).fit(blobs)
    assert np.array_equal(found.predict(blobs), found.labels_)
    assert found.predict(np.full((1, 6), 1e3)).tolist() == [-1]
    near = blobs[found.labels_ >= 0][:20] + 1e-3
    assert np.array_equal(found.predict(near), found.labels_[found.labels_ >= 0][:20])


def test_all_noise_is_told_with_a_way_out() -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        found = OPTICS(cluster_method="dbscan", eps=1e-6).fit(np.random.default_rng(0).random((30, 2)))
    assert found.n_clusters_ == 0
    assert [problem.message for problem in told] == ["no valley is deep enough, all records are noise; lower xi or min_samples"]


def test_fewer_records_than_neighbours_are_refused() -> None:
    with pytest.raises(DataError) as refusal:
        OPTICS(min_samples=9).fit(np.eye(8))
    assert str(refusal.value) == "min_samples=9, but there are only 8 records; lower it, or give it more records"
