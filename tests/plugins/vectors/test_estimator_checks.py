"""Every installed reducer, clusterer and detector of this plugin through scikit-learn's own checks."""

import warnings
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.normalize import Normalize
from asterism.plugins.vectors.reducers.pca import PCA

EXPECTED: dict[str, dict[str, str]] = {}
"""By class: the checks that it cannot pass, each with its reason."""

SETTINGS = [
    PCA(n_components=0.5, whiten=True),
    PCA(solver="randomized"),
    Normalize(norm="max"),
    KMeans(n_clusters=3, init="random"),
]
"""Settings that take other ways than the defaults do."""


def installed() -> list[Any]:
    kinds = ("reducer", "clusterer", "detector")
    found = [entry for kind in kinds for entry in entry_points(group=f"asterism.{kind}") if entry.module.startswith("asterism.plugins.")]
    return [entry.load()() for entry in sorted(found, key=lambda entry: entry.name)]


ESTIMATORS = [*installed(), *SETTINGS]

with warnings.catch_warnings():  # that a component need not inherit from scikit-learn is the point
    warnings.filterwarnings("ignore", message="Estimator .* does not inherit")
    each_check = parametrize_with_checks(ESTIMATORS, expected_failed_checks=lambda estimator: EXPECTED.get(type(estimator).__name__, {}))


@each_check
def test_estimator_passes_every_check_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def test_components_work_in_a_pipeline_of_scikit_learn(blobs: Any) -> None:
    chain = make_pipeline(PCA(n_components=3), KMeans(n_clusters=4))
    groups = chain.fit_predict(blobs)
    assert np.array_equal(groups, chain.predict(blobs))
    assert len(set(zip(groups.tolist(), [row % 4 for row in range(400)], strict=True))) == 4


def test_components_work_in_a_grid_search(blobs: Any) -> None:
    def score(chain: Any, X: Any, y: None = None) -> float:
        return -float(((X - chain.inverse_transform(chain.transform(X))) ** 2).sum())

    search = GridSearchCV(PCA(), {"n_components": [1, 2, 3]}, scoring=score, cv=2).fit(blobs)
    assert search.best_params_ == {"n_components": 3}


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_clone_has_the_same_fields_and_nothing_learned(estimator: Any, blobs: Any) -> None:
    copy = clone(clone(estimator).fit(np.abs(blobs)))  # nmf takes no negative numbers
    assert copy.get_params() == estimator.get_params()
    assert not copy.learned()
