from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from asterism.framework import DataError
from asterism.plugins.vectors.counts import best_count, try_counts
from asterism.plugins.vectors.kmeans import KMeans


@pytest.mark.parametrize("count", [2, 5, 8, 16])
def test_separate_blobs_are_counted(count: int) -> None:
    X, _ = make_blobs(1500, 10, centers=count, cluster_std=1.0, random_state=1)
    component = KMeans().fit(X)
    assert component.n_clusters_ == count
    assert len(component.cluster_centers_) == count


def test_counts_rise_to_the_square_root_of_the_records_and_to_50_at_most() -> None:
    asked: list[tuple[int, int]] = []

    def distances(X: Any, count: int) -> Any:
        asked.append((X.shape[0], count))
        return np.ones((X.shape[0], count))

    for n_rows, last in ((3, 2), (100, 10), (9000, 46)):
        asked.clear()
        curve = try_counts(np.zeros((n_rows, 2)), distances, seed=0)
        assert [count for _, count in asked] == curve[:, 0].tolist()
        assert asked[0] == (min(n_rows, 2500), 2)
        assert asked[-1][1] == last
        assert np.array_equal(curve[:, 0][:14], np.arange(2, 16)[: len(curve)])


def test_score_is_the_mean_of_how_much_nearer_the_first_center_is() -> None:
    tables = {2: np.array([[0.0, 2.0], [1.0, 2.0], [0.0, 0.0]])}
    curve = try_counts(np.zeros((3, 1)), lambda _, count: tables[count], seed=0)
    assert curve.tolist() == [[2.0, 0.5]]  # 1, 1/2, and 0 where both centers are at the row itself


def test_smaller_of_two_equally_good_counts_is_taken() -> None:
    assert best_count(np.array([[2, 0.1], [3, 0.4], [4, 0.4]])) == 3


@pytest.mark.parametrize(("n_rows", "there"), [(1, "is only 1 record"), (2, "are only 2 records")])
def test_too_few_records_to_compare_counts_are_refused(n_rows: int, there: str) -> None:
    with pytest.raises(DataError) as caught:
        KMeans().fit(np.ones((n_rows, 2)))
    assert str(caught.value) == f"n_clusters='auto' compares counts on 3 records or more, but there {there}; set n_clusters to a number"
