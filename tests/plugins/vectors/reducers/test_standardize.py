"""Columns of mean 0 and variance 1, against scikit-learn's StandardScaler."""

import logging
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.preprocessing import StandardScaler

from asterism.framework import DataError, fit_by_sums
from asterism.plugins.vectors.reducers.standardize import Standardize


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("options", [{}, {"with_mean": False}, {"with_std": False}], ids=str)
def test_numbers_are_those_of_scikit_learn(rows: Any, options: Any, dtype: Any) -> None:
    X = rows.astype(dtype)
    ours, theirs = Standardize(**options).fit(X), StandardScaler(**options).fit(X)
    placed = ours.transform(X)
    assert placed.dtype == np.float32
    np.testing.assert_allclose(placed, theirs.transform(X), rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, rtol=1e-6)
    np.testing.assert_allclose(ours.inverse_transform(placed), X, rtol=1e-5, atol=1e-4)


def test_sparse_rows_stay_sparse_and_are_those_of_scikit_learn(sparse_rows: Any) -> None:
    ours = Standardize().fit(sparse_rows)
    placed = ours.transform(sparse_rows)
    assert isinstance(placed, csr_matrix)
    assert placed.dtype == np.float32
    theirs = StandardScaler(with_mean=False).fit_transform(sparse_rows)
    np.testing.assert_allclose(placed.toarray(), theirs.toarray(), rtol=1e-6)
    np.testing.assert_allclose(ours.inverse_transform(placed).toarray(), sparse_rows.toarray(), rtol=1e-5)


def test_sparse_rows_are_made_dense_where_the_mean_is_asked_for(sparse_rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = Standardize(with_mean=True).fit_transform(sparse_rows)
    np.testing.assert_allclose(placed, StandardScaler().fit_transform(sparse_rows.toarray()), atol=1e-5)
    monkeypatch.setattr("asterism.plugins.vectors.rows.available", lambda: 90_000)
    with pytest.raises(DataError) as caught:
        Standardize(with_mean=True).fit(sparse_rows)
    assert str(caught.value) == (
        "Standardize needs dense rows, and 300 x 40 values would take 93.8 KiB, and 87.9 KiB of memory are free; "
        "put a reducer that takes CSR before it, such as svd"
    )


@pytest.mark.parametrize("size", [300, 64, 7, 1])
@pytest.mark.parametrize("fixture", ["rows", "sparse_rows"])
def test_fit_by_sums_agrees_with_the_fit_in_memory(fixture: str, size: int, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    at_once = Standardize().fit(X)
    by_sums = fit_by_sums(Standardize(), [X[start : start + size] for start in range(0, 300, size)])
    np.testing.assert_allclose(by_sums.mean_, at_once.mean_, rtol=1e-12)
    np.testing.assert_allclose(by_sums.scale_, at_once.scale_, rtol=1e-9)
    assert by_sums.centred_ == at_once.centred_


def test_constant_columns_become_zero_and_are_reported_once(rows: Any, caplog: pytest.LogCaptureFixture) -> None:
    X = rows.copy()
    X[:, [3, 7]] = 0.1
    with caplog.at_level(logging.WARNING):
        placed = Standardize().fit_transform(X)
    assert (placed[:, [3, 7]] == 0).all()
    assert [record.getMessage() for record in caplog.records] == ["columns that are the same in all records and become 0: 3, 7"]
    caplog.clear()
    kept = Standardize(with_mean=False).fit_transform(X)
    assert (kept[:, [3, 7]] == np.float32(0.1)).all()
    assert [record.getMessage() for record in caplog.records] == ["columns that are the same in all records and stay as they are: 3, 7"]


def test_columns_that_are_empty_in_all_sparse_rows_are_nothing_to_report(caplog: pytest.LogCaptureFixture) -> None:
    Standardize().fit(csr_matrix(np.eye(4)[:, [0, 1, 1, 3]] * np.array([1, 0, 0, 1])))
    assert caplog.records == []


def test_one_record_is_refused() -> None:
    with pytest.raises(DataError, match=r"^Found array with 1 sample\(s\) .* while a minimum of 2 is required by Standardize\.$"):
        Standardize().fit(np.ones((1, 3)))
    with pytest.raises(DataError) as caught:
        fit_by_sums(Standardize(), [np.ones((1, 3))])
    assert str(caught.value) == "a standard deviation needs 2 records, but there is only 1 record; give it more records"


def test_rows_of_another_width_are_not_brought_back(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        Standardize().fit(rows).inverse_transform(rows[:, :5])
    assert str(caught.value) == "rows of 40 columns can be brought back (got (300, 5)); pass what transform gave"
