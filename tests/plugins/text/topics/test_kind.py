"""What every component of the kind `topics` refuses."""

import re

import numpy as np
import pytest

from asterism.framework import DataError, Joint, NotFittedError
from asterism.plugins.text.topics.bottleneck import Bottleneck
from asterism.plugins.text.topics.classes import Classes
from asterism.plugins.text.topics.ctfidf import CTFIDF
from asterism.plugins.text.topics.membership import Membership

EVERY = [Bottleneck(), CTFIDF(), Membership(), Classes(classes={"sport": ("goal",), "money": ("bank",)})]
each = pytest.mark.parametrize("component", EVERY, ids=lambda component: type(component).__name__)


def fit(component, news, **changed):
    return component.fit(**(vars(news) | changed))


@each
def test_learning_from_a_joint_answers_as_applying_to_it(component, news):
    joint = Joint(news.labels, {name: value for name, value in vars(news).items() if name != "labels"})
    learned = component.learn(joint)
    assert np.array_equal(learned, component.apply(joint))
    assert np.array_equal(learned[2:4], component.apply(joint[np.arange(2, 4)]))


@each
def test_values_of_other_lengths_are_refused(component, news):
    with pytest.raises(DataError, match=re.escape("labels, vectors and term_matrix must have one length (got 8, 7, 8)")):
        fit(component, news, vectors=news.vectors[1:])


@each
def test_terms_that_are_not_those_of_the_columns_are_refused(component, news):
    with pytest.raises(DataError, match="there are 5 terms for 6 columns; give the terms of this term_matrix"):
        fit(component, news, terms=news.terms[1:])


@each
def test_no_record_is_refused(component, news):
    with pytest.raises(DataError, match="there is no record"):
        fit(component, news, labels=news.labels[:0], vectors=news.vectors[:0], term_matrix=news.term_matrix[:0])


@each
def test_records_that_are_all_of_no_group_are_refused(component, news):
    with pytest.raises(DataError, match=re.escape("every record is of group -1, so there is no group to make a topic of; look at")):
        fit(component, news, labels=np.full(8, -1))


@each
def test_values_that_are_not_finite_are_refused(component, news):
    news.vectors[3, 1] = np.nan
    with pytest.raises(DataError, match=re.escape("vectors holds NaN or infinity (rows 3); leave these records out")):
        fit(component, news)


@each
def test_negative_term_weights_are_refused(component, news):
    news.term_matrix.data[0] = -1
    with pytest.raises(DataError, match=re.escape("negative numbers, and terms are counted here (rows 0); take an encoder that counts")):
        fit(component, news)


@each
def test_columns_other_than_in_fit_are_refused(component, news):
    fit(component, news)
    with pytest.raises(DataError, match="term_matrix has 5 columns, in fit it had 6; give it what the same fitted stages gave"):
        component.predict(news.labels, news.vectors, news.term_matrix[:, :5])


@pytest.mark.parametrize("kind", [CTFIDF, Membership])
def test_use_before_fit_is_refused(kind, news):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        kind().predict(news.labels, news.vectors, news.term_matrix)
