from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.cluster import DBSCAN as THEIR_DBSCAN
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.clusterers import dbscan as module
from asterism.plugins.vectors.clusterers.dbscan import DBSCAN


@pytest.fixture
def flat() -> Any:
    random = np.random.default_rng(4)
    return np.vstack([random.normal(size=(150, 2)), random.normal(size=(150, 2)) + 7, random.uniform(-5, 12, size=(40, 2))])


@pytest.mark.parametrize("eps", [0.3, 0.6, 1.5])
@pytest.mark.parametrize(("metric", "theirs"), [("euclidean", "euclidean"), ("manhattan", "manhattan")])
def test_core_rows_and_noise_are_those_of_scikit_learn(flat: Any, eps: float, metric: Any, theirs: str) -> None:
    found, expected = DBSCAN(eps=eps, metric=metric).fit(flat), THEIR_DBSCAN(eps=eps, metric=theirs).fit(flat)
    core = expected.core_sample_indices_
    assert np.array_equal(found.core_sample_indices_, core)
    assert np.array_equal(found.core_labels_, found.labels_[core])
    assert adjusted_rand_score(found.labels_[core], expected.labels_[core]) == 1
    assert np.array_equal(found.labels_ < 0, expected.labels_ < 0)


def test_more_pairs_than_are_kept_give_the_same_groups(flat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = DBSCAN(eps=0.6).fit(flat)
    monkeypatch.setattr(module, "MOST_PAIRS", 10)
    searched_again = DBSCAN(eps=0.6).fit(flat)
    assert np.array_equal(searched_again.labels_, kept.labels_)
    assert np.array_equal(searched_again.core_labels_, kept.core_labels_)


def test_cosine_is_that_of_scikit_learn(rows: Any) -> None:
    found, expected = DBSCAN(eps=0.02, metric="cosine").fit(rows), THEIR_DBSCAN(eps=0.02, metric="cosine").fit(rows)
    assert np.array_equal(found.core_sample_indices_, expected.core_sample_indices_)
    assert found.n_clusters_ == expected.labels_.max() + 1


def test_row_on_the_border_belongs_to_the_nearest_core_row_whatever_the_order(flat: Any) -> None:
    order = np.random.default_rng(0).permutation(len(flat))
    straight, shuffled = DBSCAN(eps=0.6).fit(flat).labels_, DBSCAN(eps=0.6).fit(flat[order]).labels_
    assert adjusted_rand_score(straight[order], shuffled) == 1


def test_new_rows_belong_to_the_nearest_core_row_within_eps(flat: Any) -> None:
    found = DBSCAN(eps=0.8).fit(flat)
    assert np.array_equal(found.predict(flat), found.labels_)
    assert found.predict(np.array([[0.05, 0.05], [100, 100]])).tolist() == [found.labels_[0], -1]


def test_csr_gives_what_the_array_gives(flat: Any) -> None:
    assert np.array_equal(DBSCAN(eps=0.6).fit(csr_matrix(flat)).labels_, DBSCAN(eps=0.6).fit(flat).labels_)


def test_auto_takes_the_knee_of_the_distances(flat: Any) -> None:
    found = DBSCAN().fit(flat)
    assert 0.3 < found.eps_ < 2
    assert 2 <= found.n_clusters_ <= 4


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40), st.sampled_from([1.0, 1.5, 2.0]))
def test_points_of_a_grid_are_core_and_noise_as_in_scikit_learn(points: list[tuple[int, int]], eps: float) -> None:
    rows = np.array(points, float)
    with problems_to(lambda problem: None):
        found = DBSCAN(eps=eps, min_samples=3).fit(rows)
    expected = THEIR_DBSCAN(eps=eps, min_samples=3).fit(rows)
    assert np.array_equal(found.core_sample_indices_, expected.core_sample_indices_)
    assert np.array_equal(found.labels_ < 0, expected.labels_ < 0)


def test_all_noise_is_told_with_a_way_out(flat: Any) -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        found = DBSCAN(eps=1e-6).fit(flat)
    assert (found.predict(flat) == -1).all()
    assert [problem.message for problem in told] == [
        "no record has min_samples=5 records within eps=1e-06, all are noise; raise eps, or lower min_samples"
    ]


def test_fewer_records_than_neighbours_are_refused(flat: Any) -> None:
    with pytest.raises(DataError) as refusal:
        DBSCAN(min_samples=9).fit(flat[:8])
    assert str(refusal.value) == "min_samples=9, but there are only 8 records; lower it, or give it more records"
