"""Detectors against scikit-learn and PyOD, called by hand on the same made-up rows: time to fit and to score, as ours/theirs.

Each pair is measured in turn, several times; the smallest time of each side counts, since a shared machine only ever adds to it.
Ours fit with the scores of the training rows, which a run shows, so theirs are given the same to do.
"""

import warnings
from typing import Any

import numpy as np
from measuring import compare
from sklearn.covariance import EmpiricalCovariance, LedoitWolf, MinCovDet
from sklearn.ensemble import IsolationForest as TheirForest

from asterism.plugins.vectors.detectors.copod import COPOD
from asterism.plugins.vectors.detectors.ecod import ECOD
from asterism.plugins.vectors.detectors.isolation_forest import IsolationForest
from asterism.plugins.vectors.detectors.mahalanobis import Mahalanobis

with warnings.catch_warnings():  # those of PyOD's own imports
    warnings.simplefilter("ignore")
    from pyod.models.copod import COPOD as THEIR_COPOD
    from pyod.models.ecod import ECOD as THEIR_ECOD


def compare_forests(name: str, X: Any, new: Any) -> None:
    """Compare fit, scores of new rows, and of one row."""
    ours, theirs = IsolationForest().fit(X), TheirForest(random_state=0).fit(X)
    by_hand = TheirForest(random_state=0)
    compare(f"isolation_forest, fit, {name}", lambda: IsolationForest().fit(X), lambda: by_hand.fit(X).score_samples(X))
    compare(f"isolation_forest, score, {name}", lambda: ours.anomaly_score(new), lambda: theirs.score_samples(new))
    compare(f"isolation_forest, score one row, {name}", lambda: ours.anomaly_score(new[:1]), lambda: theirs.score_samples(new[:1]))


def compare_tails(name: str, X: Any, new: Any) -> None:
    """Compare both detectors of tails; PyOD keeps the scores of its training rows too."""
    for cls, peer in ((ECOD, THEIR_ECOD), (COPOD, THEIR_COPOD)):
        peer().fit(X[:100])  # compiles
        ours, theirs = cls().fit(X), peer().fit(X)
        label = cls.__name__.lower()
        compare(f"{label}, fit, {name}", lambda cls=cls: cls().fit(X), lambda peer=peer: peer().fit(X))
        compare(f"{label}, score, {name}", lambda ours=ours: ours.anomaly_score(new), lambda theirs=theirs: theirs.decision_function(new))


def compare_covariances(name: str, X: Any, new: Any) -> None:
    """Compare the covariance of all rows, shrunk or not, and that of the closest half on a part of them."""
    pairs = (({}, EmpiricalCovariance()), ({"shrinkage": "auto"}, LedoitWolf()))
    for settings, peer in pairs:
        ours = Mahalanobis(**settings).fit(X)
        label = "mahalanobis, shrunk" if settings else "mahalanobis"
        compare(
            f"{label}, fit, {name}",
            lambda settings=settings: Mahalanobis(**settings).fit(X),
            lambda peer=peer: peer.fit(X).mahalanobis(X),
        )
        compare(f"{label}, score, {name}", lambda ours=ours: ours.anomaly_score(new), lambda peer=peer: peer.mahalanobis(new))
    part = X[:2000, :8]
    robust = MinCovDet(random_state=0)
    compare("mahalanobis, robust, fit, 2,000 x 8", lambda: Mahalanobis(robust=True).fit(part), lambda: robust.fit(part).mahalanobis(part))


def main() -> None:
    """Print every comparison."""
    random = np.random.default_rng(0)
    for n_rows, n_columns in ((10_000, 20), (50_000, 64)):
        X = random.normal(size=(n_rows, n_columns)).astype(np.float32)
        new, name = X * 1.5, f"{n_rows:,} x {n_columns}"
        compare_forests(name, X, new)
        compare_tails(name, X, new)
        compare_covariances(name, X, new)


if __name__ == "__main__":
    main()
