from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from asterism.framework import DataError
from asterism.plugins.measures.detection import average_precision, roc_auc

EVERY = [roc_auc, average_precision]


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=60))  # few values: many ties
def test_numbers_are_those_of_scikit_learn(pairs: Any) -> None:
    scores, rare = np.array([score for score, _ in pairs], float), np.array([flag for _, flag in pairs])
    assume(0 < rare.sum() < len(rare))
    if rare.sum() > len(rare) / 2:
        rare = ~rare
    targets = np.where(rare, "z", "a").tolist()
    assert roc_auc(scores, targets) == pytest.approx(roc_auc_score(rare, scores))
    assert average_precision(scores, targets) == pytest.approx(average_precision_score(rare, scores))


def test_the_rarer_class_is_the_anomaly_whatever_it_is_called() -> None:
    scores = np.array([5.0, 1.0, 2.0, 0.0])
    for names in (["fraud", "usual", "usual", "usual"], ["0", "1", "1", "1"], ["1", "0", "0", "0"]):
        assert roc_auc(scores, names) == average_precision(scores, names) == 1


def test_of_equally_frequent_classes_the_last_in_order_is_the_anomaly() -> None:
    assert roc_auc(np.array([0.0, 1.0]), ["no", "yes"]) == 1
    assert roc_auc(np.array([0.0, 1.0]), ["1", "0"]) == 0


def test_equal_scores_only_are_guessing() -> None:
    targets = ["b", *"aaaa"]
    assert roc_auc(np.zeros(5), targets) == 0.5
    assert average_precision(np.zeros(5), targets) == pytest.approx(0.2)


@pytest.mark.parametrize("measure", EVERY)
@pytest.mark.parametrize("targets", [[], ["a", "a", "a"], ["a", "b", "c"]])
def test_other_numbers_of_classes_give_no_number(measure: Any, targets: list[str]) -> None:
    assert measure(np.arange(len(targets), dtype=float), targets) is None


@pytest.mark.parametrize("measure", EVERY)
def test_other_lengths_are_refused(measure: Any) -> None:
    with pytest.raises(DataError, match=r"^scores and targets must have one length \(got 2 and 1\)$"):
        measure(np.array([0.0, 1.0]), ["a"])


@pytest.mark.parametrize("measure", EVERY)
def test_infinite_scores_are_ranked(measure: Any) -> None:
    assert measure(np.array([np.inf, 1.0, -np.inf]), ["odd", "usual", "usual"]) == 1
