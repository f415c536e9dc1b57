"""The detectors `ecod` and `copod`, which differ in how they join the tails of a column."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asterism.framework import DataError
from asterism.plugins.vectors import rows as rows_module
from asterism.plugins.vectors.detectors.copod import COPOD
from asterism.plugins.vectors.detectors.ecod import ECOD
from asterism.plugins.vectors.detectors.tails import TailDetector

BOTH = pytest.mark.parametrize("cls", [ECOD, COPOD])


def theirs(cls: type[TailDetector]) -> Any:
    from pyod.models.copod import COPOD as THEIR_COPOD
    from pyod.models.ecod import ECOD as THEIR_ECOD

    return THEIR_ECOD() if cls is ECOD else THEIR_COPOD()


@BOTH
@pytest.mark.filterwarnings("ignore")  # those of PyOD's imports, and of its skew of constant columns
def test_scores_of_training_rows_are_those_of_pyod(cls: Any, rows: Any) -> None:
    for X in (rows, rows.astype(np.float32), np.round(rows), np.hstack([rows, np.ones((300, 1))])):
        ours, peer = cls().fit(X), theirs(cls).fit(X)
        np.testing.assert_allclose(ours.scores_, peer.decision_scores_, rtol=1e-12)
        assert ours.threshold_ == pytest.approx(peer.threshold_, rel=1e-12)


@BOTH
@pytest.mark.filterwarnings("ignore")  # those of PyOD's imports
def test_a_column_without_skew_adds_both_tails_as_pyod_does(cls: Any) -> None:
    X = np.array([[-2.0], [-1], [0], [1], [2]])
    detector = cls().fit(X)
    assert detector.skews_.tolist() == [0]
    np.testing.assert_allclose(detector.scores_, theirs(cls).fit(X).decision_scores_, rtol=1e-12)


@BOTH
def test_a_row_scores_the_same_whatever_stands_beside_it(cls: Any, rows: Any) -> None:
    detector = cls().fit(rows[:200])
    batch = detector.anomaly_score(rows)
    assert np.array_equal(batch[:200], detector.scores_)
    assert [float(detector.anomaly_score(rows[[row]])[0]) for row in range(0, 300, 7)] == batch[::7].tolist()


@BOTH
def test_blocks_change_nothing(cls: Any, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cls().fit(rows).scores_
    monkeypatch.setattr(rows_module, "BLOCK_ROWS", 37)
    assert np.array_equal(cls().fit(rows).scores_, whole)


@BOTH
def test_contributions_add_up_to_the_score_and_name_the_column(cls: Any, rows: Any) -> None:
    detector = cls().fit(rows)
    odd = rows[:1].copy()
    odd[0, 11] = 1000
    parts = detector.contributions(np.concatenate([odd, rows]))
    assert parts.shape == (301, 40)
    assert parts[0].argmax() == 11
    np.testing.assert_allclose(parts[1:].sum(axis=1), detector.scores_, rtol=1e-12)


def test_a_value_beyond_all_counts_as_if_it_had_been_there_too() -> None:
    X = np.array([[1.0], [2], [2], [10]])
    ecod = ECOD().fit(X)
    assert ecod.skews_.tolist() == [1]
    np.testing.assert_allclose(ecod.anomaly_score([[0.5], [1], [2], [9], [10], [11]]), np.log([5, 4, 4 / 3, 4, 4, 5]))
    copod = COPOD().fit(X)
    np.testing.assert_allclose(copod.anomaly_score([[0.5], [11]]), [np.log(5) / 2, np.log(5)])


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 3)), elements=st.integers(-4, 4)))
def test_scores_come_from_counting(X: Any) -> None:
    left = np.array([[(X[:, j] <= X[i, j]).mean() for j in range(X.shape[1])] for i in range(len(X))])
    right = np.array([[(X[:, j] >= X[i, j]).mean() for j in range(X.shape[1])] for i in range(len(X))])
    detector = ECOD().fit(X)
    skewed = np.where(detector.skews_ == 0, left * right, np.where(detector.skews_ < 0, left, right))
    np.testing.assert_allclose(detector.scores_, -np.log(np.minimum(np.minimum(left, right), skewed)).sum(axis=1), atol=1e-12)


def test_the_side_of_the_skew_is_found_far_from_zero() -> None:
    random = np.random.default_rng(0)
    tail = random.exponential(size=500)
    X = np.stack([tail + 1e6, -tail - 1e6, np.full(500, 0.1)], axis=1)
    assert ECOD().fit(X).skews_.tolist() == [1, -1, 0]


@BOTH
def test_outliers_of_integer_rows_are_found(cls: Any) -> None:
    X = np.concatenate([np.arange(60).reshape(-1, 2) % 7, [[90, 90]]])
    assert cls(contamination=0.02).fit_predict(X).tolist() == [1] * 30 + [-1]


@BOTH
def test_rows_that_are_all_alike_score_nothing(cls: Any) -> None:
    assert cls().fit(np.full((9, 3), 0.1)).scores_.tolist() == [0.0] * 9


@BOTH
def test_sparse_rows_score_as_dense_ones(cls: Any, sparse_rows: Any) -> None:
    assert np.array_equal(cls().fit(sparse_rows).scores_, cls().fit(sparse_rows.toarray()).scores_)


@BOTH
def test_sparse_rows_that_have_no_room_are_refused(cls: Any, sparse_rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "available", lambda: 1000)
    with pytest.raises(DataError) as caught:
        cls().fit(sparse_rows)
    name = cls.__name__
    need = f"{name} needs dense rows, and 300 x 40 values would take 93.8 KiB, and 1000 bytes of memory are free"
    assert str(caught.value) == f"{need}; put a reducer that takes CSR before it, such as svd"
