from typing import Any

import hdbscan
import numpy as np
import pytest
from sklearn.cluster import HDBSCAN as THEIR_HDBSCAN
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.clusterers.hdbscan import HDBSCAN


def heaps(seed: int, n: int = 900) -> Any:
    random = np.random.default_rng(seed)
    return (random.normal(size=(n, 5)) + 4 * random.normal(size=(8, 5))[random.integers(0, 8, n)]).astype(np.float32)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"min_cluster_size": 12},
    {"min_cluster_size": 15, "min_samples": 4},
    {"cluster_selection_epsilon": 1.2},
    {"allow_single_cluster": True},
    {"allow_single_cluster": True, "cluster_selection_epsilon": 1.9},
    {"metric": "manhattan"},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_groups_and_probabilities_are_those_of_scikit_learn(settings: dict[str, Any]) -> None:
    ours, theirs = HDBSCAN(**settings).fit(heaps(0)), THEIR_HDBSCAN(**settings, copy=True).fit(heaps(0))
    assert np.array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.probabilities_, theirs.probabilities_, atol=1e-9)
    assert ours.n_clusters_ == theirs.labels_.max() + 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leaves_are_those_of_scikit_learn_up_to_edges_of_one_length(seed: int) -> None:
    settings: dict[str, Any] = {"cluster_selection_method": "leaf", "min_cluster_size": 12}
    ours, theirs = HDBSCAN(**settings).fit(heaps(seed)), THEIR_HDBSCAN(**settings, copy=True).fit(heaps(seed))
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.98


def test_cosine_compares_directions() -> None:
    rows = heaps(0) * np.random.default_rng(1).uniform(0.5, 2, (900, 1)).astype(np.float32)
    scaled = rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    ours, theirs = HDBSCAN(metric="cosine").fit(rows), HDBSCAN().fit(scaled)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.95  # half the squared distance: the same order, other excesses of mass


def test_new_rows_are_placed_as_the_package_hdbscan_places_them() -> None:
    rows = heaps(0)
    theirs = hdbscan.HDBSCAN(min_cluster_size=10, min_samples=9, approx_min_span_tree=False, prediction_data=True).fit(
        rows.astype(np.float64)
    )
    new = rows[:300] + np.random.default_rng(5).normal(scale=0.4, size=(300, 5))
    ours = HDBSCAN(min_cluster_size=10).fit(rows)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) > 0.99
    assert adjusted_rand_score(ours.predict(new), hdbscan.approximate_predict(theirs, new)[0]) > 0.95


def test_training_rows_and_their_copies_keep_group_and_membership() -> None:
    rows = np.vstack([heaps(0), heaps(0)[:200]])
    found = HDBSCAN().fit(rows)
    assert np.array_equal(found.predict(rows), found.labels_)
    assert np.array_equal(found.labels_[900:], found.labels_[:200])
    depth = found.membership(rows)
    assert depth.shape == (1100, found.n_clusters_)
    np.testing.assert_allclose(depth.max(axis=1), found.probabilities_, rtol=1e-6)
    assert np.array_equal(depth.max(axis=1) > 0, found.labels_ >= 0)


def test_rows_far_from_everything_are_noise() -> None:
    assert HDBSCAN().fit(heaps(0)).predict(np.full((2, 5), 1e3, np.float32)).tolist() == [-1, -1]


def test_all_noise_is_told_with_a_way_out() -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        found = HDBSCAN(min_cluster_size=40).fit(np.random.default_rng(0).random((60, 3)))
    assert (found.labels_ == -1).all()
    assert found.n_clusters_ == 0
    assert [problem.message for problem in told] == [
        "no group of min_cluster_size=40 was found, all records are noise; lower it, or reduce the columns first"
    ]
    assert (found.predict(np.zeros((3, 3))) == -1).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_cluster_size": 50}, "min_cluster_size=50, but there are only 20 records; lower it, or give it more records"),
        ({"min_samples": 21}, "min_samples=21, but there are only 20 records; lower it, or give it more records"),
    ],
)
def test_fewer_records_than_a_group_needs_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as refusal:
        HDBSCAN(**settings).fit(heaps(0, 20))
    assert str(refusal.value) == message


def test_rows_of_zeros_have_no_cosine() -> None:
    rows = heaps(0, 50)
    rows[[4, 9]] = 0
    with pytest.raises(DataError) as refusal:
        HDBSCAN(metric="cosine").fit(rows)
    assert refusal.value.rows == (4, 9)


def test_summary_is_told_how_neighbours_were_found() -> None:
    assert HDBSCAN().fit(heaps(0)).notes_ == ["neighbours: exact, euclidean, among 900 records"]
