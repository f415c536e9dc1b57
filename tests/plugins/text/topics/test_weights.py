"""Weights of terms in groups, and the choice of terms that are not alike."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from asterism.plugins.text.topics.weights import TermWeights, sum_rows, unit_rows, varied

COUNTS = np.array([[2, 0, 1], [1, 0, 0], [0, 3, 1], [0, 0, 5]], np.float32)
LABELS = np.array([4, 4, 7, -1])


def test_weight_is_the_sum_times_the_factor_of_class_based_tfidf():
    found = TermWeights.of(LABELS, csr_matrix(COUNTS))
    average, total = 8 / 2, np.array([3, 3, 2])
    assert found.groups.tolist() == [4, 7]
    np.testing.assert_allclose(found.weights.toarray(), np.array([[3, 0, 1], [0, 3, 1]]) * np.log(1 + average / total))


def test_term_that_no_group_has_weighs_nothing():
    found = TermWeights.of(np.array([0, -1]), csr_matrix(np.eye(2)))
    assert found.factors[1] == 0
    assert found.words(["a", "b"], 5, csr_matrix(np.eye(2))) == {0: ["a"]}


def test_rows_are_added_up_alike_dense_or_sparse():
    groups = np.array([4, 7])
    dense, sparse = sum_rows(LABELS, groups, COUNTS), sum_rows(LABELS, groups, csr_matrix(COUNTS))
    assert dense.tolist() == sparse.toarray().tolist() == [[3, 0, 1], [0, 3, 1]]


def test_rows_get_length_one_and_zeros_stay():
    rows = np.array([[3.0, 4.0], [0.0, 0.0]])
    expected = [[0.6, 0.8], [0, 0]]
    np.testing.assert_allclose(unit_rows(rows), expected)
    np.testing.assert_allclose(unit_rows(csr_matrix(rows)).toarray(), expected)


def chosen_by_hand(relevance, alike, n, diversity):
    """Maximal marginal relevance as the paper writes it, one candidate at a time."""
    chosen, left = [], list(range(len(relevance)))
    while left and len(chosen) < n:
        worth = [(1 - diversity) * relevance[c] - diversity * max((alike[c][s] for s in chosen), default=0) for c in left]
        chosen.append(left.pop(int(np.argmax(worth))))
    return chosen


@given(st.data())
def test_choice_is_that_of_the_paper(data):
    n = data.draw(st.integers(1, 7))
    relevance = data.draw(arrays.arrays(np.float64, n, elements=st.floats(0, 1)))
    alike = data.draw(arrays.arrays(np.float64, (n, n), elements=st.floats(0, 1)))
    alike = np.maximum(alike, alike.T)
    diversity = data.draw(st.floats(0, 1))
    assert sorted(chosen_by_hand(relevance, alike, 4, diversity)) == sorted(varied(relevance, alike, 4, diversity))


def test_terms_are_in_the_order_of_their_relevance_whatever_the_diversity():
    relevance = np.array([0.2, 1.0, 0.9])
    alike = np.array([[1, 0, 0], [0, 1, 0.95], [0, 0.95, 1]])
    assert varied(relevance, alike, 2, 0.5) == [1, 0]
    assert varied(relevance, alike, 3, 0.5) == [1, 2, 0]
