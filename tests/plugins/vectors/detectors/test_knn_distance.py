from typing import Any

import numpy as np
import pytest
from pyod.models.knn import KNN

from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.detectors.knn_distance import KNNDistance

AGGREGATIONS: list[Any] = ["largest", "mean", "median"]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("n_neighbors", [1, 5, 20])
def test_scores_are_those_of_pyod(rows: Any, aggregation: Any, n_neighbors: int) -> None:
    ours = KNNDistance(n_neighbors=n_neighbors, aggregation=aggregation).fit(rows)
    theirs = KNN(n_neighbors=n_neighbors, method=aggregation).fit(rows)
    np.testing.assert_allclose(ours.scores_, theirs.decision_scores_, rtol=1e-9)
    new = rows[:40] + 0.5
    np.testing.assert_allclose(ours.anomaly_score(new), theirs.decision_function(new), rtol=1e-9)


@pytest.mark.parametrize("metric", ["cosine", "manhattan"])
def test_other_distances_are_those_of_pyod(rows: Any, metric: Any) -> None:
    theirs = KNN(n_neighbors=5, metric=metric).fit(rows)
    np.testing.assert_allclose(KNNDistance(metric=metric).fit(rows).scores_, theirs.decision_scores_, rtol=1e-7)


def test_copies_of_training_rows_score_as_they_did(rows: Any) -> None:
    twice = np.vstack([rows, rows[:30]])
    detector = KNNDistance().fit(twice)
    assert np.array_equal(detector.anomaly_score(twice), detector.scores_)


def test_threshold_leaves_the_share_of_outliers_above_it(rows: Any) -> None:
    detector = KNNDistance(contamination=0.05).fit(rows)
    assert (detector.scores_ > detector.threshold_).sum() == 15
    assert detector.notes_[-1] == "neighbours: exact, euclidean, among 300 records"


def test_fewer_records_than_neighbours_are_told(rows: Any) -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        KNNDistance().fit(rows[:4])
    assert [problem.message for problem in told] == ["n_neighbors=5 is lowered to 3, as there are 4 records"]
