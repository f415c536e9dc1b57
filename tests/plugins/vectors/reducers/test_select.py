"""Some of the columns, against scikit-learn's VarianceThreshold and numpy's correlations."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_selection import VarianceThreshold

from asterism.framework import DataError, fit_by_sums
from asterism.plugins.vectors.reducers.select import Select


@pytest.mark.parametrize("threshold", [0.0, 0.5, 5.0])
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
def test_columns_are_those_of_scikit_learn(fixture: str, threshold: float, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    ours, theirs = Select(min_variance=threshold).fit(X), VarianceThreshold(threshold).fit(X)
    assert ours.columns_.tolist() == theirs.get_support(indices=True).tolist()
    placed, expected = ours.transform(X), theirs.transform(X)
    assert placed.dtype == np.float32
    assert type(placed) is type(expected)
    dense, wanted = (m.toarray() if hasattr(m, "toarray") else m for m in (placed, expected))
    assert np.array_equal(dense, wanted.astype(np.float32))


def test_columns_that_vary_most_are_kept_in_their_order(rows: Any) -> None:
    order = np.random.default_rng(0).permutation(40)
    X = rows[:, order]
    component = Select(n_components=5).fit(X)
    assert component.columns_.tolist() == sorted(np.argsort(-X.var(axis=0))[:5].tolist())
    assert component.notes_ == ["5 of 40 columns kept; 0 are constant"]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
def test_of_two_columns_that_say_the_same_the_one_that_varies_more_stays(rows: Any, make: Any, sign: int) -> None:
    X = np.column_stack([rows[:, :4], sign * 2 * rows[:, 1], rows[:, 2], np.ones(300)])
    assert Select(max_correlation=0.9).fit(make(X)).columns_.tolist() == [0, 2, 3, 4]


def test_correlations_are_those_of_numpy() -> None:
    random = np.random.default_rng(3)
    X = random.normal(size=(200, 6)) @ random.normal(size=(6, 12))
    kept = Select(max_correlation=0.6).fit(X).columns_
    alike = np.abs(np.corrcoef(X.T))
    np.fill_diagonal(alike, 0)
    assert alike[np.ix_(kept, kept)].max() <= 0.6
    variances = X.var(axis=0)
    for column in set(range(12)) - set(kept.tolist()):
        assert any(alike[column, other] > 0.6 and variances[other] >= variances[column] for other in kept)


@pytest.mark.parametrize("options", [{}, {"max_correlation": 0.3}, {"n_components": 7}], ids=str)
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
@pytest.mark.parametrize("size", [64, 7])
def test_fit_by_sums_agrees_with_the_fit_in_memory(fixture: str, options: Any, size: int, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    by_sums = fit_by_sums(Select(**options), [X[start : start + size] for start in range(0, 300, size)])
    at_once = Select(**options).fit(X)
    assert by_sums.columns_.tolist() == at_once.columns_.tolist()
    np.testing.assert_allclose(by_sums.variances_, at_once.variances_)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "CSR"])
def test_columns_come_back_to_their_places_among_zeros(make: Any) -> None:
    X = np.array([[1, 5, 0], [2, 5, 3]], np.float32)
    component = Select().fit(make(X))
    assert component.inverse_transform(component.transform(make(X))).tolist() == [[1, 0, 0], [2, 0, 3]]


def refused(component: Any, X: Any) -> str:
    with pytest.raises(DataError) as caught:
        component.fit(X)
    return str(caught.value)


def test_bad_input_is_refused(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(Select(), np.ones((5, 3))) == (
        "every column is the same in all records, so none would be kept; give it records that differ, or lower min_variance"
    )
    assert refused(Select(min_variance=9), np.eye(4)) == (
        "no variance is above min_variance=9 (the largest is 0.1875), so none would be kept; "
        "give it records that differ, or lower min_variance"
    )
    assert refused(Select(n_components=3), np.column_stack([np.eye(4)[:, :2], np.ones((4, 2))])) == (
        "n_components=3 of those that vary and differ enough, but there are only 2 columns; lower it, or give it more columns"
    )
    assert refused(Select(), np.ones((1, 3))).startswith("Found array with 1 sample(s)")
    monkeypatch.setattr("asterism.plugins.vectors.rows.available", lambda: 1024)
    assert refused(Select(max_correlation=0.5), rows) == (
        "the correlations of 40 columns with each other would take 37.5 KiB, and 1 KiB of memory are free; "
        "leave max_correlation out, or put a reducer before this one"
    )
