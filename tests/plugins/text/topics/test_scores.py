"""Scores of named classes against known ones."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from asterism.framework.problems import problems_to
from asterism.plugins.text.topics.scores import accuracy, macro_f1

TOPICS = SimpleNamespace(class_names_=["Sport", "Money", "Chess"])
LABELS = np.array([0, 0, 1, 1, -1, 2])
TARGETS = ["sport", "money", "money", "money", "sport", "art"]


def test_scores_are_those_of_scikit_learn():
    given = [["sport", "money", "chess", ""][label] for label in LABELS]
    assert accuracy(LABELS, TARGETS, TOPICS) == pytest.approx(accuracy_score(TARGETS, given))
    expected = f1_score(TARGETS, given, labels=["art", "money", "sport"], average="macro", zero_division=0)
    assert macro_f1(LABELS, TARGETS, TOPICS) == pytest.approx(expected)


def test_topics_that_are_no_classes_have_no_score():
    assert accuracy(LABELS, TARGETS, SimpleNamespace()) is None
    assert macro_f1(LABELS, TARGETS, SimpleNamespace()) is None


def test_names_that_are_all_unknown_are_reported_not_scored():
    heard = []
    with problems_to(heard.append):
        assert accuracy(LABELS, ["4"] * 6, TOPICS) is None
    assert str(heard[0]) == "no class of Sport, Money, Chess has the name of a known class, such as '4'"
