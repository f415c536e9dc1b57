"""The kind itself, by a detector whose scores are its first column."""

from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Matrix, NotFittedError, Scores
from asterism.plugins.vectors.detectors.detector import Detector


class First(Detector):
    """Scores a row by its first value."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self._finish(self.anomaly_score(X))
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        return np.asarray(X, np.float64)[:, 0]


def column(*values: float) -> Any:
    return np.array(values)[:, np.newaxis]


def test_threshold_is_exceeded_by_the_share_of_contamination() -> None:
    detector = First(contamination=0.2).fit(column(*range(10)))
    assert detector.threshold_ == pytest.approx(7.2)
    assert detector.predict(column(*range(10))).tolist() == [1] * 8 + [-1] * 2
    assert detector.notes_ == ["2 of 10 training records lie above the threshold 7.2"]


def test_a_row_that_scores_just_the_threshold_is_usual() -> None:
    detector = First(contamination=0.5).fit(column(0, 1, 2))
    assert detector.threshold_ == 1
    assert detector.predict(column(1, 1.001)).tolist() == [1, -1]


def test_ties_that_contamination_would_cut_are_all_usual_and_the_note_says_so() -> None:
    detector = First(contamination=0.1).fit(column(*[0] * 10, *[1] * 10))
    assert detector.fit_predict(column(*[0] * 10, *[1] * 10)).tolist() == [1] * 20
    assert detector.notes_ == ["0 of 20 training records lie above the threshold 1; others have just that score"]


def test_rows_that_are_all_alike_are_all_usual() -> None:
    assert (First().fit_predict(np.ones((30, 1))) == 1).all()


def test_the_verbs_of_scikit_learn_turn_the_sign() -> None:
    X = column(3, 1, 4, 1, 5, 9, 2, 6)
    detector = First(contamination=0.25).fit(X)
    assert np.array_equal(detector.score_samples(X), -detector.scores_)
    assert detector.offset_ == -detector.threshold_
    assert np.array_equal(detector.decision_function(X) < 0, detector.predict(X) == -1)
    assert np.array_equal(detector.fit_predict(X), detector.predict(X))


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=40), st.floats(0.01, 0.5))
def test_never_more_than_the_share_lie_above_and_fewer_only_by_ties(scores: list[int], share: float) -> None:
    detector = First(contamination=share).fit(column(*scores))
    above = int((detector.scores_ > detector.threshold_).sum())
    assert above <= np.ceil(share * len(scores))
    assert above >= np.floor(share * (len(scores) - 1)) or scores.count(max(s for s in scores if s <= detector.threshold_)) > 1


@pytest.mark.parametrize("share", [0.0, -0.1, 0.51, float("nan")])
def test_contamination_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(DataError) as caught:
        First(contamination=share).fit(column(1, 2, 3))
    assert str(caught.value) == f"contamination must lie above 0 and not above 0.5 (got {share})"


def test_columns_tell_outliers_from_scores_alone() -> None:
    detector = First(contamination=0.25).fit(column(1, 2, 3, 4))
    flags = detector.columns(np.array([0.0, 3.25, 3.5]))["outlier"]
    assert (flags.dtype, flags.tolist()) == (np.bool_, [False, False, True])


def test_learning_gives_the_scores_and_applying_likewise() -> None:
    detector = First()
    assert detector.learn(column(2, 7)).tolist() == [2, 7]
    assert detector.apply(column(5)).tolist() == [5]


def test_use_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match="First is not fitted yet"):
        First().predict(column(1))
    with pytest.raises(NotFittedError):
        _ = First().offset_
