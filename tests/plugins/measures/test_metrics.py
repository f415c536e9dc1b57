from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from asterism.framework import DataError
from asterism.plugins.measures.metrics import ari, nmi

PAIRS = st.lists(st.tuples(st.integers(-1, 6), st.sampled_from("abcde")), min_size=1, max_size=60)


@given(PAIRS)
def test_scores_are_those_of_scikit_learn(pairs: Any) -> None:
    labels, targets = np.array([label for label, _ in pairs]), [target for _, target in pairs]
    assert nmi(labels, targets) == pytest.approx(normalized_mutual_info_score(targets, labels), abs=1e-12)
    assert ari(labels, targets) == pytest.approx(adjusted_rand_score(targets, labels), abs=1e-12)


@given(PAIRS, st.permutations(range(-1, 7)))
def test_scores_do_not_depend_on_the_numbers_of_the_groups(pairs: Any, renamed: Any) -> None:
    labels, targets = np.array([label for label, _ in pairs]), [target for _, target in pairs]
    others = np.array(renamed)[labels + 1]
    assert nmi(others, targets) == pytest.approx(nmi(labels, targets), abs=1e-12)
    assert ari(others, targets) == pytest.approx(ari(labels, targets), abs=1e-12)


@pytest.mark.parametrize("score", [nmi, ari])
def test_same_partition_scores_one_under_other_names(score: Any) -> None:
    assert score(np.array([3, 3, 0, 0, -1]), ["a", "a", "b", "b", "c"]) == pytest.approx(1.0)
    assert score(np.array([0, 0]), ["a", "a"]) == 1.0
    assert score(np.array([], int), []) == 1.0


def test_independent_partitions_share_nothing() -> None:
    groups, classes = np.repeat(np.arange(3), 7), np.tile(np.arange(7), 3).astype(str)
    assert nmi(groups, classes.tolist()) == 0.0
    assert ari(groups, classes.tolist()) < 0


def test_many_records_do_not_overflow() -> None:
    labels = np.zeros(3_000_000, np.int64)
    labels[::2] = 1
    targets = np.where(labels, "a", "b")
    assert ari(labels, targets) == pytest.approx(1.0)  # type: ignore[arg-type]  # an array of strings is a sequence of them


@pytest.mark.parametrize("score", [nmi, ari])
def test_other_lengths_are_refused(score: Any) -> None:
    with pytest.raises(DataError, match=r"^labels and targets must have one length \(got 2 and 1\)$"):
        score(np.array([0, 1]), ["a"])
