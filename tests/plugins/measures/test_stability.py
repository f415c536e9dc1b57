from typing import Annotated, Self

import numpy as np
import pytest
from annotated_types import Ge
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans

from asterism.framework import Clusterer, DataError, Labels, Matrix, Problem, report_problem
from asterism.framework.measures import is_on_request
from asterism.framework.problems import problems_to
from asterism.plugins.measures import stability as module
from asterism.plugins.measures.stability import stability


class Means(Clusterer):
    """k-means, which reports every fit."""

    n_clusters: Annotated[int, Ge(1)] = 4
    """How many groups."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        if X.shape[0] < self.n_clusters:
            raise DataError(f"{self.n_clusters} groups need as many records")
        report_problem("fitted")
        self.theirs_ = KMeans(self.n_clusters, n_init=1, random_state=0).fit(X)
        self.labels_ = self.theirs_.labels_.astype(np.int64)
        return self

    def predict(self, X: Matrix) -> Labels:
        return np.asarray(self.theirs_.predict(X), np.int64)


def blobs(n: int = 300) -> Matrix:
    random = np.random.default_rng(0)
    return (random.normal(size=(n, 3)) + 20 * np.repeat(np.eye(3), n // 3, axis=0)).astype(np.float32)


def of(n_clusters: int, matrix: Matrix, **options: int) -> float | None:
    clusterer = Means(n_clusters=n_clusters)
    return stability(clusterer, clusterer.fit_predict(matrix), matrix, **options)


def test_right_number_of_groups_is_the_most_stable() -> None:
    found = {n_clusters: of(n_clusters, blobs()) or 0.0 for n_clusters in range(2, 8)}
    assert found[3] == 1
    assert max(found[n_clusters] for n_clusters in (2, 4, 5, 6, 7)) < 0.95


def test_groups_of_formless_data_are_not_stable() -> None:
    found = of(8, np.random.default_rng(0).normal(size=(300, 5)))
    assert found is not None
    assert found < 0.5


def test_same_seed_gives_the_same_number_and_another_seed_another() -> None:
    matrix = np.random.default_rng(0).normal(size=(300, 5))
    assert of(4, matrix) == of(4, matrix)
    assert of(4, matrix) != of(4, matrix, random_state=1)
    assert of(4, matrix, rounds=1) != of(4, matrix, rounds=2)


def test_clusterer_stays_as_it_was_and_its_copies_report_nothing() -> None:
    matrix, clusterer = blobs(), Means()
    labels = clusterer.fit_predict(matrix)
    before = clusterer.theirs_
    heard: list[Problem] = []
    with problems_to(heard.append):
        stability(clusterer, labels, matrix)
    assert clusterer.theirs_ is before
    assert clusterer.labels_ is labels
    assert heard == []


def test_sparse_rows_are_fitted_too() -> None:
    assert of(3, csr_matrix(blobs())) == 1


def test_many_records_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    fit = Means.fit
    monkeypatch.setattr(module, "SAMPLE", 90)
    monkeypatch.setattr(Means, "fit", lambda self, X, y=None: (sizes.append(X.shape[0]), fit(self, X))[1])
    assert of(3, blobs()) == 1
    assert sizes == [300, *[60] * 10]


def test_one_group_has_no_stability() -> None:
    assert of(1, blobs()) is None
    assert stability(Means(), np.full(300, -1), blobs()) is None
    assert stability(Means(), np.array([], np.int64), np.zeros((0, 3))) is None


def test_too_few_records_to_fit_have_no_stability() -> None:
    assert of(5, blobs(6)) is None
    assert of(2, blobs(6)[:5]) is None


def test_equal_rows_only_give_a_number() -> None:
    assert stability(Means(n_clusters=1), np.arange(30) % 2, np.ones((30, 2))) == 1


def test_it_is_computed_on_request() -> None:
    assert is_on_request(stability)
