from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from asterism.framework import DataError
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.counts import best_count, count_note, learn_count, try_counts
from asterism.plugins.vectors.criteria import CRITERIA


@pytest.mark.parametrize("count", [2, 5, 8, 16])
def test_separate_blobs_are_counted(count: int) -> None:
    X, _ = make_blobs(1500, 10, centers=count, cluster_std=1.0, random_state=1)
    component = KMeans().fit(X)
    assert component.n_clusters_ == count
    assert len(component.cluster_centers_) == count


@pytest.mark.parametrize("criterion", CRITERIA)
def test_separate_blobs_are_counted_by_every_criterion(criterion: Any) -> None:
    X, _ = make_blobs(130, 4, centers=5, cluster_std=0.5, random_state=2)
    component = KMeans(criterion=criterion).fit(X)
    assert component.n_clusters_ == 5
    assert component.notes_ == [f"n_clusters 5 by {criterion.replace('_', ' ')}, tried 2 to 11"]
    assert component.criterion_curve_.shape == (10, 3 if criterion in ("gap", "stability") else 2)


def test_counts_rise_to_the_square_root_of_the_records_and_to_50_at_most() -> None:
    asked: list[tuple[int, int]] = []

    def group(X: Any, count: int) -> Any:
        asked.append((X.shape[0], count))
        return np.arange(X.shape[0]) % count

    for n_rows, last in ((3, 2), (100, 10), (9000, 46)):
        asked.clear()
        curve = try_counts(np.zeros((n_rows, 2)), group, "simplified_silhouette", seed=0)
        assert [count for _, count in asked] == curve[:, 0].tolist()
        assert asked[0] == (min(n_rows, 2500), 2)
        assert asked[-1][1] == last
        assert np.array_equal(curve[:, 0][:14], np.arange(2, 16)[: len(curve)])


def test_smaller_of_two_equally_good_counts_is_taken() -> None:
    curve = np.array([[2, 0.1], [3, 0.4], [4, 0.4 + 1e-12]])
    assert best_count(curve, "silhouette") == 3
    assert count_note(curve, "silhouette") == "n_clusters 3 by silhouette, tried 2 to 4"


def test_gap_takes_the_first_count_that_the_next_one_does_not_exceed_by_its_standard_error() -> None:
    assert best_count(np.array([[2, 0.1, 0.01], [3, 0.40, 0.01], [4, 0.42, 0.03], [5, 0.5, 0.01]]), "gap") == 3
    assert best_count(np.array([[2, 0.1, 0.01], [3, 0.2, 0.01], [4, 0.3, 0.01]]), "gap") == 4


def test_stability_takes_the_largest_count_within_a_standard_error_of_the_best() -> None:
    assert best_count(np.array([[2, 1.0, 0.02], [3, 0.99, 0.1], [4, 0.9, 0.2]]), "stability") == 3
    assert best_count(np.array([[2, 0.0, 0.0], [3, 0.0, 0.0]]), "stability") == 2


def test_clusterer_may_bring_a_score_of_its_own(blobs: Any) -> None:
    component = KMeans(criterion="bic")
    own = CRITERIA | {"bic": lambda X, group, counts, seed: [(-abs(count - 7),) for count in counts]}
    learn_count(component, blobs, lambda X, count: np.zeros(len(X)), own)
    assert component.n_clusters_ == 7


def test_count_that_is_given_leaves_nothing_of_one_that_was_picked(blobs: Any) -> None:
    component = KMeans().fit(blobs)
    component.set_params(n_clusters=3).fit(blobs)
    assert component.notes_ == []
    assert "criterion_curve_" not in component.learned()


@pytest.mark.parametrize(("n_rows", "there"), [(1, "is only 1 record"), (2, "are only 2 records")])
def test_too_few_records_to_compare_counts_are_refused(n_rows: int, there: str) -> None:
    with pytest.raises(DataError) as caught:
        KMeans().fit(np.ones((n_rows, 2)))
    assert str(caught.value) == f"n_clusters='auto' compares counts on 3 records or more, but there {there}; set n_clusters to a number"
