"""Detectors on five public sets of anomalies: the scores of the libraries called by hand, and how well they find what is known."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.covariance import EmpiricalCovariance
from sklearn.ensemble import IsolationForest as TheirForest
from sklearn.metrics import roc_auc_score

from asterism.framework import fit_by_sums
from asterism.plugins.vectors.detectors.copod import COPOD
from asterism.plugins.vectors.detectors.ecod import ECOD
from asterism.plugins.vectors.detectors.isolation_forest import IsolationForest
from asterism.plugins.vectors.detectors.mahalanobis import Mahalanobis

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
    pytest.mark.filterwarnings("ignore"),  # those of PyOD's imports, and of its determinants on rows that vary in few columns
]

FILES = {"breastw": "4_breastw", "cardio": "6_cardio", "thyroid": "38_thyroid", "pendigits": "28_pendigits", "musk": "25_musk"}
FOREST = {"breastw": 0.987, "cardio": 0.933, "thyroid": 0.975, "pendigits": 0.956, "musk": 1.0}
ECOD_FINDS = {"breastw": 0.991, "cardio": 0.935, "thyroid": 0.977, "pendigits": 0.927, "musk": 0.956}
COPOD_FINDS = {"breastw": 0.994, "cardio": 0.922, "thyroid": 0.939, "pendigits": 0.905, "musk": 0.946}
MAHALANOBIS = {"breastw": 0.972, "cardio": 0.896, "thyroid": 0.934, "pendigits": 0.763, "musk": 0.997}
each_set = pytest.mark.parametrize("name", FILES)


def load(name: str) -> tuple[Any, Any]:
    with np.load(Path(os.environ["ASTERISM_DATA"]) / "anomaly" / f"{FILES[name]}.npz", allow_pickle=False) as found:
        return found["X"].astype(np.float64), found["y"]


@each_set
def test_isolation_forest_scores_as_scikit_learn_does(name: str) -> None:
    X, y = load(name)
    ours, theirs = IsolationForest().fit(X), TheirForest(random_state=0).fit(X)
    np.testing.assert_allclose(ours.scores_, -theirs.score_samples(X), rtol=0, atol=1e-12)
    assert roc_auc_score(y, ours.scores_) == pytest.approx(FOREST[name], abs=0.005)


@each_set
def test_ecod_scores_as_pyod_does(name: str) -> None:
    from pyod.models.ecod import ECOD as THEIR_ECOD

    X, y = load(name)
    ours, theirs = ECOD().fit(X), THEIR_ECOD().fit(X)
    np.testing.assert_allclose(ours.scores_, theirs.decision_scores_, rtol=1e-12)
    assert roc_auc_score(y, ours.scores_) == pytest.approx(ECOD_FINDS[name], abs=5e-4)


@each_set
def test_copod_scores_as_pyod_does(name: str) -> None:
    from pyod.models.copod import COPOD as THEIR_COPOD

    X, y = load(name)
    ours, theirs = COPOD().fit(X), THEIR_COPOD().fit(X)
    np.testing.assert_allclose(ours.scores_, theirs.decision_scores_, rtol=1e-12)
    assert roc_auc_score(y, ours.scores_) == pytest.approx(COPOD_FINDS[name], abs=5e-4)


@each_set
def test_mahalanobis_scores_as_scikit_learn_does_and_by_sums_as_at_once(name: str) -> None:
    X, y = load(name)
    ours, theirs = Mahalanobis().fit(X), EmpiricalCovariance().fit(X)
    np.testing.assert_allclose(ours.scores_, theirs.mahalanobis(X), rtol=1e-8)
    assert roc_auc_score(y, ours.scores_) == pytest.approx(MAHALANOBIS[name], abs=5e-4)
    by_sums = fit_by_sums(Mahalanobis(), [X[start : start + 500] for start in range(0, len(X), 500)])
    np.testing.assert_allclose(by_sums.anomaly_score(X), ours.scores_, rtol=1e-5)
    assert by_sums.threshold_ == pytest.approx(ours.threshold_, rel=1e-5)


def test_robust_mahalanobis_scores_as_pyod_does() -> None:
    from pyod.models.mcd import MCD

    X, y = load("thyroid")
    ours, theirs = Mahalanobis(robust=True).fit(X), MCD(random_state=0).fit(X)
    np.testing.assert_allclose(ours.scores_, theirs.decision_scores_, rtol=1e-8)
    assert roc_auc_score(y, ours.scores_) == pytest.approx(0.986, abs=5e-4)


@each_set
def test_the_share_of_contamination_lies_above_the_threshold(name: str) -> None:
    X, y = load(name)
    for detector in (IsolationForest(contamination=float(y.mean())), ECOD(contamination=float(y.mean()))):
        assert (detector.fit_predict(X) == -1).sum() == pytest.approx(y.sum(), abs=0.005 * len(y))
