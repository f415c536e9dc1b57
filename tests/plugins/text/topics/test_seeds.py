"""Seed words."""

import numpy as np
from scipy.sparse import csr_matrix

from asterism.framework.problems import problems_to
from asterism.plugins.text.topics.seeds import held, match, seed_table

TERMS = ["new york", "oil", "sci", "tech", "Zulu"]


def test_seed_is_a_term_or_else_the_words_in_it():
    table = seed_table({"a": ("Oil", "New York"), "b": ("Sci/Tech", "Zulu")}, TERMS)
    assert table.toarray().T.tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]


def test_unknown_seed_words_are_reported():
    heard = []
    with problems_to(heard.append):
        table = seed_table({"a": ("gas", "coal")}, TERMS)
    assert table.nnz == 0
    assert [str(problem) for problem in heard] == ["seed words that no text holds: gas, coal"]


def test_name_counts_where_it_is_known_and_is_not_reported_where_not():
    heard = []
    with problems_to(heard.append):
        table = seed_table({"Oil": ("new york",), "chess": ()}, TERMS, names_count=True)
    assert table.toarray().T.tolist() == [[1, 1, 0, 0, 0], [0] * 5]
    assert not heard


def test_different_seed_words_of_a_text_are_counted():
    table = seed_table({"a": ("oil", "new york"), "b": ("tech",)}, TERMS)
    texts = csr_matrix(np.array([[0.5, 7, 0, 1, 0], [0, 0, 0, 0, 3]], np.float32))
    assert held(texts, table).tolist() == [[2, 1], [0, 0]]


def test_each_set_gets_a_topic_of_its_own_or_none():
    table = seed_table({"a": ("oil",), "b": ("oil", "tech"), "c": ("Zulu",)}, TERMS)
    weights = csr_matrix(np.array([[0, 5, 0, 0, 0], [0, 1, 0, 4, 0], [1, 0, 0, 0, 0]], float))
    assert match(weights, table).tolist() == [0, 1, -1]
