"""Shares of records in topics."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics.pairwise import cosine_similarity

from asterism.plugins.text.topics.membership import Membership


def shares(news, **fields):
    component = Membership(**fields).fit(**vars(news))
    return component, component.predict(news.labels, news.vectors, news.term_matrix)


def test_shares_are_the_softmax_of_the_cosines_with_the_means(news):
    component, found = shares(news, temperature=0.2)
    means = np.array([news.vectors[news.labels == group].mean(axis=0) for group in (2, 5, 9)])
    np.testing.assert_allclose(found, softmax(cosine_similarity(news.vectors, means) / 0.2, axis=1), rtol=1e-5)
    assert component.groups_.tolist() == [2, 5, 9]
    assert found.dtype == np.float32


def test_record_between_two_topics_has_a_share_of_both(news):
    _, found = shares(news)
    assert found[5].argmax() == 2
    assert found[4, 0] > 0.9
    between = Membership().fit(**vars(news)).predict(np.array([-1]), np.array([[1, 1, 0]], np.float32), news.term_matrix[:1])
    assert between[0, 0] > 0.3
    assert between[0, 1] > 0.3


def test_record_of_nothing_has_equal_shares(news):
    for by in ("vectors", "terms"):
        np.testing.assert_allclose(shares(news, by=by)[1][7], 1 / 3, rtol=1e-6)


def test_words_decide_by_terms(news):
    _, by_vectors = shares(news)
    _, by_terms = shares(news, by="terms")
    assert (by_vectors[6].argmax(), by_terms[6].argmax()) == (0, 1)


@pytest.mark.parametrize("by", ["vectors", "terms"])
def test_rows_sum_to_one_and_labels_are_the_largest_shares(news, by):
    component, found = shares(news, by=by)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert component.labels_.tolist() == component.groups_[found.argmax(axis=1)].tolist()
