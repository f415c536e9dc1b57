from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.covariance import EmpiricalCovariance, LedoitWolf, MinCovDet, ShrunkCovariance

from asterism.framework import DataError, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.vectors import rows as rows_module
from asterism.plugins.vectors.detectors.counting import PRECISION
from asterism.plugins.vectors.detectors.mahalanobis import Mahalanobis


def reported(fit: Any) -> list[str]:
    told: list[Any] = []
    with problems_to(told.append):
        fit()
    return [str(problem) for problem in told]


def in_batches(X: Any, size: int = 70) -> list[Any]:
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


@pytest.mark.parametrize(
    ("settings", "peer"),
    [
        ({}, EmpiricalCovariance()),
        ({"shrinkage": 0.2}, ShrunkCovariance(shrinkage=0.2)),
        ({"shrinkage": 1.0}, ShrunkCovariance(shrinkage=1.0)),
        ({"shrinkage": "auto"}, LedoitWolf()),
        ({"robust": True}, MinCovDet(random_state=0)),
    ],
    ids=str,
)
def test_scores_are_those_of_scikit_learn(rows: Any, settings: dict[str, Any], peer: Any) -> None:
    X = rows[:, :8]
    detector = Mahalanobis(**settings).fit(X)
    peer.fit(X)
    np.testing.assert_allclose(detector.scores_, peer.mahalanobis(X), rtol=1e-9)
    np.testing.assert_allclose(detector.anomaly_score(X * 2 + 1), peer.mahalanobis(X * 2 + 1), rtol=1e-9)
    np.testing.assert_allclose(detector.covariance_, peer.covariance_, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore")  # those of PyOD's imports
def test_robust_scores_are_those_of_pyod(blobs: Any) -> None:
    from pyod.models.mcd import MCD

    X = blobs.astype(np.float64)
    np.testing.assert_allclose(Mahalanobis(robust=True).fit(X).scores_, MCD(random_state=0).fit(X).decision_scores_, rtol=1e-6)


def test_outliers_that_stretch_the_covariance_are_found_by_the_robust_one() -> None:
    random = np.random.default_rng(0)
    X = np.concatenate([random.normal(size=(160, 2)), random.normal(scale=0.1, size=(40, 2)) + 4])
    assert (Mahalanobis(robust=True, contamination=0.2).fit_predict(X)[160:] == -1).all()
    assert not (Mahalanobis(contamination=0.2).fit_predict(X)[160:] == -1).all()


@pytest.mark.parametrize("settings", [{}, {"shrinkage": 0.3}, {"shrinkage": 1.0}, {"shrinkage": "auto"}, {"contamination": 0.013}], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_give_the_scores_and_the_threshold_of_all_rows_at_once(rows: Any, settings: dict[str, Any], dtype: Any) -> None:
    X = (rows[:, :20] + 100).astype(dtype)
    whole, by_sums = Mahalanobis(**settings).fit(X), fit_by_sums(Mahalanobis(**settings), in_batches(X))
    np.testing.assert_allclose(by_sums.anomaly_score(X), whole.scores_, rtol=1e-5)
    assert by_sums.threshold_ == pytest.approx(whole.threshold_, rel=1 / PRECISION)
    assert by_sums.shrinkage_ == pytest.approx(whole.shrinkage_, rel=1e-9)
    assert np.array_equal(by_sums.predict(X), whole.predict(X))
    assert by_sums.notes_ == whole.notes_


def test_sums_keep_no_scores_and_nothing_of_the_rounds(rows: Any) -> None:
    by_sums = fit_by_sums(Mahalanobis(shrinkage="auto").fit(rows), in_batches(rows))
    learned = {"mean_", "covariance_", "whitening_", "shrinkage_", "n_rows_", "n_features_in_", "threshold_", "notes_"}
    assert set(by_sums.learned()) == learned


def test_sums_of_robust_are_refused(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        fit_by_sums(Mahalanobis(robust=True), in_batches(rows))
    assert str(caught.value) == "robust=True needs all rows in memory at once; give the run more memory, or set robust to false"


def test_sparse_rows_score_as_dense_ones(sparse_rows: csr_matrix) -> None:
    dense = Mahalanobis().fit(sparse_rows.toarray())
    np.testing.assert_allclose(Mahalanobis().fit(sparse_rows).scores_, dense.scores_, rtol=1e-9)
    np.testing.assert_allclose(fit_by_sums(Mahalanobis(), in_batches(sparse_rows)).anomaly_score(sparse_rows), dense.scores_, rtol=1e-9)


def test_scores_do_not_depend_on_the_units_of_the_columns(rows: Any) -> None:
    X = rows[:, :8]
    np.testing.assert_allclose(Mahalanobis().fit(X * np.geomspace(1e-9, 1e9, 8)).scores_, Mahalanobis().fit(X).scores_, rtol=1e-8)


def test_columns_that_say_nothing_new_change_no_score_and_are_reported(rows: Any) -> None:
    X = rows[:, :8]
    wider = np.hstack([X, X[:, :1], X[:, 1:2] + X[:, 2:3], np.full((300, 1), 0.1)])
    detector = Mahalanobis()
    message = (
        "the covariance of 11 columns has rank 8: how far a row lies off the directions in which training rows vary is not seen; "
        "set shrinkage to 'auto' to see it"
    )
    assert reported(lambda: detector.fit(wider)) == [message]
    np.testing.assert_allclose(detector.scores_, Mahalanobis().fit(X).scores_, rtol=1e-7)
    assert reported(lambda: fit_by_sums(Mahalanobis(), in_batches(wider))) == [message]
    assert reported(lambda: Mahalanobis(shrinkage="auto").fit(wider)) == []


def test_fewer_rows_than_columns_all_lie_equally_far_and_this_is_reported(rows: Any) -> None:
    detector = Mahalanobis()
    assert reported(lambda: detector.fit(rows[:12])) == [
        "the covariance of 40 columns has rank 11: with 12 records, all of them lie equally far from the mean; "
        "set shrinkage to 'auto', or reduce the columns"
    ]
    np.testing.assert_allclose(detector.scores_, 11, rtol=1e-6)
    assert len(set(np.round(Mahalanobis(shrinkage="auto").fit(rows[:12]).scores_, 6))) > 6


def test_rows_that_are_all_alike_score_nothing() -> None:
    detector = Mahalanobis()
    (message,) = reported(lambda: detector.fit(np.full((20, 3), 0.1)))
    assert message.startswith("the covariance of 3 columns has rank 0: ")
    assert detector.scores_.tolist() == [0.0] * 20
    assert (detector.predict(np.full((2, 3), 0.1)) == 1).all()


def test_a_half_that_does_not_vary_is_refused_by_the_robust_one() -> None:
    X = np.concatenate([np.zeros((30, 1)), np.arange(10.0)[:, np.newaxis]])
    with pytest.raises(DataError) as caught:
        Mahalanobis(robust=True).fit(X)
    assert caught.value.reason.startswith("no half of the rows varies enough for robust=True (")
    assert caught.value.hint == "set robust to false"


def test_robust_takes_no_automatic_shrinkage(rows: Any) -> None:
    with pytest.raises(DataError) as caught:
        Mahalanobis(robust=True, shrinkage="auto").fit(rows)
    message = "shrinkage='auto' is for the covariance of all rows, and robust=True takes half of them; give a number"
    assert str(caught.value) == message
    peer = MinCovDet(random_state=0).fit(rows[:, :4])
    shrunk = Mahalanobis(robust=True, shrinkage=0.5).fit(rows[:, :4]).covariance_
    np.testing.assert_allclose(shrunk, 0.5 * peer.covariance_ + 0.5 * np.trace(peer.covariance_) / 4 * np.eye(4), rtol=1e-9, atol=1e-12)


def test_a_covariance_that_has_no_room_is_refused(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "available", lambda: 1000)
    with pytest.raises(DataError) as caught:
        Mahalanobis().fit(rows)
    message = "the covariance of 40 columns would take 50 KiB, and 1000 bytes of memory are free; put a reducer before it, such as svd"
    assert str(caught.value) == message


def test_one_row_is_refused(rows: Any) -> None:
    with pytest.raises(DataError, match="minimum of 2 is required"):
        Mahalanobis().fit(rows[:1])
    with pytest.raises(DataError, match="a covariance is that of 2 records or more, but there is only 1 record"):
        fit_by_sums(Mahalanobis(), [rows[:1]])


def test_contamination_is_refused_before_the_first_round(rows: Any) -> None:
    with pytest.raises(DataError, match="contamination must lie above 0"):
        Mahalanobis(contamination=0.7).begin(rows)
