from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans as Theirs
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score, silhouette_score

from asterism.framework import DataError
from asterism.plugins.vectors import rows as rows_module
from asterism.plugins.vectors.criteria import CRITERIA, REFERENCES

X = load_iris().data
COUNTS = [2, 3, 4, 5]


def group(rows: Any, count: int) -> Any:
    return Theirs(count, n_init=1, random_state=0).fit(rows).labels_


def means_of(rows: Any, labels: Any) -> Any:
    return np.array([rows[labels == one].mean(axis=0) for one in np.unique(labels)])


def dispersion(rows: Any, labels: Any) -> float:
    return float(((rows - means_of(rows, labels)[np.unique(labels, return_inverse=True)[1]]) ** 2).sum())


def test_silhouettes_are_those_of_scikit_learn() -> None:
    expected = [silhouette_score(X, group(X, count)) for count in COUNTS]
    assert np.allclose([score for (score,) in CRITERIA["silhouette"](X, group, COUNTS, 0)], expected)


@pytest.mark.parametrize("make", [np.array, csr_matrix], ids=["dense", "CSR"])
def test_simplified_silhouette_compares_the_own_mean_with_the_next(make: Any) -> None:
    labels = np.arange(150) % 3  # not the nearest means: some rows score below 0
    distances = np.linalg.norm(X[:, np.newaxis] - means_of(X, labels), axis=2)
    own = distances[np.arange(150), labels]
    distances[np.arange(150), labels] = np.inf
    other = distances.min(axis=1)
    ((score,),) = CRITERIA["simplified_silhouette"](make(X), lambda rows, count: labels, [3], 0)
    assert score == pytest.approx(np.mean((other - own) / np.maximum(own, other)))
    assert score < 0


def test_bic_is_that_of_equal_spherical_gaussians() -> None:
    labels = group(X, 3)
    sizes = np.bincount(labels)
    variance = dispersion(X, labels) / (150 - 3) / 4
    squares = ((X - means_of(X, labels)[labels]) ** 2).sum()
    likelihood = sizes @ np.log(sizes / 150) - 150 * 4 / 2 * np.log(2 * np.pi * variance) - squares / (2 * variance) * 147 * 4 / (147 * 4)
    expected = likelihood + squares / (2 * variance) - 4 / 2 * 147 - 3 * 5 / 2 * np.log(150)
    ((score,),) = CRITERIA["bic"](X, group, [3], 0)
    assert score == pytest.approx(expected)


def test_gap_is_how_much_less_the_rows_scatter_than_uniform_ones_in_their_box() -> None:
    seen: list[Any] = []

    def kept(rows: Any, count: int) -> Any:
        seen.append(rows)
        return group(rows, count)

    ((gap, error),) = CRITERIA["gap"](X, kept, [3], 0)
    uniform = [np.log(dispersion(rows, group(rows, 3))) for rows in seen[1:]]
    assert len(uniform) == REFERENCES
    assert gap == pytest.approx(np.mean(uniform) - np.log(dispersion(X, group(X, 3))))
    assert error == pytest.approx(np.std(uniform) * np.sqrt(1 + 1 / REFERENCES))
    for rows in seen[1:]:  # in the box along the principal axes
        axes = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2]
        inside, data = (rows - X.mean(axis=0)) @ axes.T, (X - X.mean(axis=0)) @ axes.T
        assert (inside >= data.min(axis=0) - 1e-9).all()
        assert (inside <= data.max(axis=0) + 1e-9).all()


def test_stability_is_the_mean_agreement_of_subsamples_on_the_rows_they_share() -> None:
    numbered = np.column_stack([X, np.arange(150) * 1e-9])
    seen: list[Any] = []

    def kept(rows: Any, count: int) -> Any:
        labels = group(rows, count)
        seen.append(dict(zip(np.round(rows[:, -1] * 1e9).astype(int).tolist(), labels.tolist(), strict=True)))
        return labels

    ((score, error),) = CRITERIA["stability"](numbered, kept, [3], 0)
    pairs = [(one, other) for place, one in enumerate(seen) for other in seen[place + 1 :]]
    shared = [sorted(set(one) & set(other)) for one, other in pairs]
    agreements = [adjusted_rand_score([a[r] for r in rows], [b[r] for r in rows]) for (a, b), rows in zip(pairs, shared, strict=True)]
    assert {len(one) for one in seen} == {120}
    assert score == pytest.approx(np.mean(agreements))
    assert error == pytest.approx(np.std(agreements) / np.sqrt(6))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_rows_that_are_all_alike_have_finite_scores(criterion: str) -> None:
    scores = CRITERIA[criterion](np.ones((30, 3)), lambda rows, count: np.zeros(len(rows), np.int64), [2, 3], 0)
    assert np.isfinite(np.asarray(scores)).all()


def test_gap_of_rows_that_would_not_fit_when_dense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "available", lambda: 2**20)
    with pytest.raises(DataError) as caught:
        CRITERIA["gap"](csr_matrix((100, 5000)), group, [2], 0)
    message = "the uniform rows of criterion 'gap', 100 x 5,000 values, would take 7.63 MiB, and 1 MiB of memory are free"
    assert str(caught.value) == f"{message}; take another criterion, or put a reducer before it"
