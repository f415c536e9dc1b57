from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import SpectralClustering
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from asterism.framework import DataError
from asterism.framework.problems import Problem, problems_to
from asterism.plugins.vectors.clusterers.spectral import Spectral


@pytest.fixture
def moons() -> Any:
    return make_moons(300, noise=0.06, random_state=0)


@pytest.mark.parametrize("affinity", ["nearest_neighbors", "rbf"])
@pytest.mark.parametrize("assign_labels", ["cluster_qr", "kmeans", "discretize"])
def test_groups_are_those_of_scikit_learn(moons: Any, affinity: Any, assign_labels: Any) -> None:
    rows, _ = moons
    options: dict[str, Any] = {"affinity": affinity, "assign_labels": assign_labels, "gamma": 20.0, "n_neighbors": 12, "random_state": 3}
    ours = Spectral(n_clusters=2, **options).fit(rows)
    assert adjusted_rand_score(ours.labels_, SpectralClustering(2, **options).fit(rows).labels_) == 1


def test_bent_groups_are_found(moons: Any) -> None:
    rows, classes = moons
    assert adjusted_rand_score(Spectral(n_clusters=2).fit(rows).labels_, classes) > 0.8


def test_new_rows_join_the_group_of_the_nearest_training_row(moons: Any) -> None:
    rows, _ = moons
    found = Spectral(n_clusters=2).fit(rows)
    assert np.array_equal(found.predict(rows), found.labels_)
    assert adjusted_rand_score(found.predict(make_moons(100, noise=0.06, random_state=1)[0]), make_moons(100, random_state=1)[1]) > 0.7


def test_csr_gives_what_the_array_gives(moons: Any) -> None:
    rows = np.abs(moons[0])
    assert np.array_equal(Spectral(n_clusters=2).fit(csr_matrix(rows)).labels_, Spectral(n_clusters=2).fit(rows).labels_)


def test_graph_in_parts_and_too_few_records_are_told() -> None:
    told: list[Problem] = []
    rows = np.vstack([np.random.default_rng(0).normal(size=(8, 2)) + 100 * heap for heap in range(3)])
    with problems_to(told.append):
        Spectral(n_clusters=2, n_neighbors=4).fit(rows)
        Spectral(n_clusters=2, n_neighbors=30).fit(rows)
    assert [problem.message for problem in told] == [
        "the graph of neighbours falls into several parts, which are groups before any cut; raise n_neighbors",
        "n_neighbors=30 is lowered to 24, the number of records",
    ]


def test_as_many_clusters_as_records_are_refused() -> None:
    with pytest.raises(DataError) as refusal:
        Spectral(n_clusters=5).fit(np.eye(5))
    assert str(refusal.value) == "n_clusters=5 by eigenvectors, but there are only 5 records; lower it, or give it more records"
