"""The topics `bottleneck`: what begins, what moves, and what stays."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from asterism.framework.problems import Problem, problems_to
from asterism.plugins.text.topics.bottleneck import Bottleneck

WORDS = ["goal", "team", "bank", "loan"]
COUNTS = np.array([[3, 2, 0, 0], [2, 2, 0, 0], [2, 3, 0, 0], [0, 0, 2, 2], [0, 0, 3, 2], [0, 0, 2, 3], [0, 0, 3, 3]], np.float32)
VECTORS = np.ones((7, 2), np.float32)


def fit(labels, counts=COUNTS, **fields):
    return Bottleneck(**fields).fit(np.asarray(labels), VECTORS[: len(counts)], WORDS, csr_matrix(counts))


def test_a_record_moves_to_the_group_that_its_words_tell() -> None:
    found = fit([4, 4, 4, 9, 9, 9, 4])
    assert found.labels_.tolist() == [4, 4, 4, 9, 9, 9, 9]
    assert found.notes_ == ["1 records moved to the group that their words tell, in 2 rounds"]
    assert found.information_ == pytest.approx(np.log(2), rel=0.05)


def test_a_record_of_no_group_joins_one_and_a_group_that_words_tell_stays() -> None:
    assert fit([4, 4, 4, 9, 9, 9, -1]).labels_.tolist() == [4, 4, 4, 9, 9, 9, 9]


def test_a_record_without_a_term_stays_where_it_is_and_is_reported() -> None:
    counts = COUNTS.copy()
    counts[[2, 5]] = 0
    heard: list[Problem] = []
    with problems_to(heard.append):
        found = fit([4, 4, 9, 9, 9, -1, 9], counts)
    assert found.labels_.tolist() == [4, 4, 9, 9, 9, -1, 9]
    assert [(problem.message, problem.rows) for problem in heard] == [
        ("stays in the group that it was put into, because the text holds no known term", (2, 5))
    ]


def test_new_records_go_by_their_words_whatever_group_they_come_in() -> None:
    found = fit([4, 4, 4, 9, 9, 9, 9])
    assert found.predict(np.array([9, 4]), VECTORS[:2], csr_matrix([[1, 1, 0, 0], [0, 0, 1, 1]])).tolist() == [4, 9]


def test_a_group_never_loses_its_last_record() -> None:
    assert set(fit([4, 4, 4, 9, 9, 9, 5], max_iter=20, tol=0.0).labels_) == {4, 5, 9}
