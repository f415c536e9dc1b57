"""Names for groups of texts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from asterism.plugins.text.keywords import keywords


def by_hand(labels, terms, matrix, n):
    """The formula of the paper, dense and one group at a time."""
    groups = sorted(set(labels.tolist()) - {-1})
    sums = np.array([matrix[labels == group].sum(axis=0) for group in groups])
    average = sums.sum() / len(groups)
    named = {}
    for group, row in zip(groups, sums, strict=True):
        scores = {term: row[c] * np.log(1 + average / sums[:, c].sum()) for c, term in enumerate(terms) if row[c]}
        named[group] = sorted(scores, key=lambda term: (-scores[term], terms.index(term)))[:n]
    return named


def test_group_is_named_by_what_sets_it_apart():
    terms = ["cat", "dog", "the"]
    matrix = csr_matrix(np.array([[2, 0, 2], [2, 0, 2], [0, 2, 2], [0, 2, 2]], np.float32))
    assert keywords(np.array([0, 0, 1, 1]), terms, matrix, n=1) == {0: ["cat"], 1: ["dog"]}


def test_rows_without_a_group_do_not_count():
    terms = ["cat", "dog", "eel"]
    matrix = csr_matrix(np.eye(3, dtype=np.float32))
    assert keywords(np.array([4, -1, 2]), terms, matrix) == {2: ["eel"], 4: ["cat"]}


def test_no_group_has_no_name():
    assert keywords(np.array([-1]), ["cat"], csr_matrix(np.ones((1, 1), np.float32))) == {}


def test_group_of_empty_texts_has_no_words():
    assert keywords(np.array([0, 1]), ["cat"], csr_matrix(np.array([[1.0], [0.0]]))) == {0: ["cat"], 1: []}


@given(st.data())
def test_words_are_those_of_the_formula(data):
    shape = data.draw(st.tuples(st.integers(1, 8), st.integers(1, 6)))
    matrix = data.draw(arrays.arrays(np.float64, shape, elements=st.integers(0, 4)))
    labels = data.draw(arrays.arrays(np.int64, shape[0], elements=st.integers(-1, 3)))
    terms = [f"t{column}" for column in range(shape[1])]
    expected = by_hand(labels, terms, matrix, 3) if (labels >= 0).any() else {}
    assert keywords(labels, terms, csr_matrix(matrix), n=3, diversity=0) == expected


def test_terms_that_always_stand_together_do_not_fill_the_list():
    terms = ["new", "old", "york"]
    matrix = csr_matrix(np.array([[3, 0, 3], [3, 0, 3], [0, 2, 0], [0, 2, 0]], np.float32))
    labels = np.zeros(4, np.int64)
    assert keywords(labels, terms, matrix, n=2, diversity=0) == {0: ["new", "york"]}
    assert keywords(labels, terms, matrix, n=2, diversity=0.5) == {0: ["new", "old"]}
