"""Groups and records under the names of given classes, told from seed words alone."""

import re

import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.text.topics.classes import Classes

SEEDS = {"sport": ("goal",), "money": ("bank",)}


def fit(news, **fields):
    return Classes(**({"classes": SEEDS} | fields)).fit(**vars(news))


def test_groups_get_the_class_whose_words_they_hold(news):
    classes = fit(news)
    assert classes.class_names_ == ["sport", "money"]
    assert classes.labels_.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]
    assert classes.notes_ == ["sport: group 5", "money: groups 2, 9"]


def test_each_record_gets_a_class_whatever_its_group(news):
    classes = fit(news, by="documents")
    assert classes.labels_.tolist() == [0, 0, 0, 1, 1, 1, 0, -1]
    assert classes.notes_ == ["sport: 4 records", "money: 3 records"]


def test_group_without_a_seed_word_is_told_by_the_words_that_stand_beside_them(news):
    classes = fit(news, classes={"sport": ("goal",), "money": ("loan",)})  # the group 9 holds no loan, but a bank
    assert classes.labels_.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]


def test_words_of_the_name_are_seeds(news):
    assert fit(news, classes={"Goal/Match": (), "Bank": ()}).labels_.tolist() == [0, 0, 0, 1, 1, 1, -1, -1]


def test_first_round_is_the_naive_bayes_of_scikit_learn(news):
    classes = fit(news, max_iter=0)
    rows, known = [0, 1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1, 0]
    theirs = MultinomialNB(alpha=0.1).fit(news.term_matrix[rows], known)
    np.testing.assert_allclose(classes.class_terms_, theirs.feature_log_prob_)


def test_record_whose_likeliest_class_is_not_likely_enough_is_of_none(news):
    both = news.term_matrix[[0]] + news.term_matrix[[3]]
    row, label = news.vectors[:1], np.array([5])
    assert fit(news, by="documents").predict(label, row, both).tolist() != [-1]
    assert fit(news, by="documents", threshold=0.999).predict(label, row, both).tolist() == [-1]


def test_group_that_fit_did_not_meet_is_of_no_class(news):
    classes, heard = fit(news), []
    with problems_to(heard.append):
        assert classes.predict(np.array([9, 7]), news.vectors[:2], news.term_matrix[:2]).tolist() == [1, -1]
    assert heard[0].message == "groups that had no record in fit are of no class"


def test_class_without_a_seed_word_in_any_record_is_refused(news):
    message = "no record holds seed words of class 'chess' more than of any other; give it words that its texts hold and the others do not"
    with pytest.raises(DataError, match=re.escape(message)):
        fit(news, classes=SEEDS | {"chess": ("rook",)})


def test_one_class_is_refused(news):
    with pytest.raises(DataError, match="classes has 1 class, and there is nothing to tell apart; give two classes or more"):
        fit(news, classes={"sport": ("goal",)})
