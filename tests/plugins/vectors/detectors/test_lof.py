from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import LocalOutlierFactor

from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.detectors.lof import LOF

METRICS: list[Any] = ["euclidean", "cosine", "manhattan"]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n_neighbors", [3, 20])
def test_training_rows_score_as_in_scikit_learn(rows: Any, metric: Any, n_neighbors: int) -> None:
    ours = LOF(n_neighbors=n_neighbors, metric=metric).fit(rows)
    theirs = LocalOutlierFactor(n_neighbors, metric=metric).fit(rows)
    np.testing.assert_allclose(ours.scores_, -theirs.negative_outlier_factor_, rtol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_new_rows_score_as_in_scikit_learn(rows: Any, metric: Any) -> None:
    new = rows[:50] + np.random.default_rng(0).normal(scale=0.3, size=(50, 40))
    theirs = LocalOutlierFactor(20, metric=metric, novelty=True).fit(rows)
    np.testing.assert_allclose(LOF(metric=metric).fit(rows).anomaly_score(new), -theirs.score_samples(new), rtol=1e-6)


def test_copies_of_training_rows_score_as_they_did(rows: Any) -> None:
    detector = LOF().fit(rows)
    assert np.array_equal(detector.anomaly_score(rows), detector.scores_)


def test_records_that_are_all_alike_score_alike() -> None:
    detector = LOF().fit(np.ones((30, 2)))
    assert np.array_equal(detector.scores_, np.ones(30))
    assert np.isfinite(detector.anomaly_score(np.zeros((2, 2)))).all()


def test_fewer_records_than_neighbours_are_told(rows: Any) -> None:
    told: list[Problem] = []
    with problems_to(told.append):
        LOF().fit(rows[:10]).anomaly_score(rows[10:12])
    assert [problem.message for problem in told] == ["n_neighbors=20 is lowered to 9, as there are 10 records"]
