from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    normalized_mutual_info_score,
    v_measure_score,
)

from asterism.framework import DataError
from asterism.plugins.measures.agreement import ami, ari, nmi, purity, v_measure

EVERY = [nmi, v_measure, ami, ari, purity]
PAIRS = st.lists(st.tuples(st.integers(-1, 6), st.sampled_from("abcde")), min_size=1, max_size=60)


@given(PAIRS)
def test_scores_are_those_of_scikit_learn(pairs: Any) -> None:
    labels, targets = np.array([label for label, _ in pairs]), [target for _, target in pairs]
    assert nmi(labels, targets) == pytest.approx(normalized_mutual_info_score(targets, labels), abs=1e-12)
    assert ari(labels, targets) == pytest.approx(adjusted_rand_score(targets, labels), abs=1e-12)
    assert ami(labels, targets) == pytest.approx(adjusted_mutual_info_score(targets, labels), abs=1e-9)
    assert v_measure(labels, targets) == pytest.approx(v_measure_score(targets, labels), abs=1e-12)


@given(PAIRS)
def test_purity_is_that_of_a_plain_count(pairs: Any) -> None:
    labels, targets = np.array([label for label, _ in pairs]), np.array([target for _, target in pairs])
    commonest = [np.unique(targets[labels == group], return_counts=True)[1].max() for group in np.unique(labels)]
    assert purity(labels, targets.tolist()) == pytest.approx(sum(commonest) / len(pairs))


@given(PAIRS, st.permutations(range(-1, 7)))
def test_scores_do_not_depend_on_the_numbers_of_the_groups(pairs: Any, renamed: Any) -> None:
    labels, targets = np.array([label for label, _ in pairs]), [target for _, target in pairs]
    others = np.array(renamed)[labels + 1]
    for score in EVERY:
        assert score(others, targets) == pytest.approx(score(labels, targets), abs=1e-12)


@pytest.mark.parametrize("score", EVERY)
def test_same_partition_scores_one_under_other_names(score: Any) -> None:
    assert score(np.array([3, 3, 0, 0, -1]), ["a", "a", "b", "b", "c"]) == pytest.approx(1.0)
    assert score(np.array([0, 0]), ["a", "a"]) == 1.0
    assert score(np.array([], int), []) == 1.0


def test_independent_partitions_share_nothing() -> None:
    groups, classes = np.repeat(np.arange(3), 7), np.tile(np.arange(7), 3).astype(str)
    assert nmi(groups, classes.tolist()) == 0.0
    assert ari(groups, classes.tolist()) < 0
    assert ami(groups, classes.tolist()) < 0


def test_adjusted_scores_of_random_groups_are_near_nothing_however_many_groups() -> None:
    random = np.random.default_rng(0)
    classes = random.integers(0, 10, 3000).astype(str).tolist()
    for n_groups in (2, 50, 1000):
        groups = random.integers(0, n_groups, 3000)
        assert ami(groups, classes) == pytest.approx(0, abs=0.02)
        assert ari(groups, classes) == pytest.approx(0, abs=0.02)


def test_information_by_chance_leaves_out_only_what_never_happens() -> None:
    random = np.random.default_rng(0)
    groups = random.integers(0, 3, 100_000)  # expected counts far above the reach of the sum
    classes = np.where(random.random(100_000) < 0.1, groups, random.integers(0, 5, 100_000)).astype(str).tolist()
    assert ami(groups, classes) == pytest.approx(adjusted_mutual_info_score(classes, groups), abs=1e-9)


def test_one_side_that_says_nothing_scores_nothing() -> None:
    alone, together, halves = np.arange(6), np.zeros(6, int), [*"aaabbb"]
    assert nmi(together, halves) == ami(together, halves) == ari(together, halves) == 0
    assert ami(alone, halves) == pytest.approx(0, abs=1e-12)
    assert purity(alone, halves) == 1
    assert purity(together, halves) == 0.5


def test_many_records_do_not_overflow() -> None:
    labels = np.zeros(3_000_000, np.int64)
    labels[::2] = 1
    targets = np.where(labels, "a", "b")
    assert ari(labels, targets) == pytest.approx(1.0)  # type: ignore[arg-type]  # an array of strings is a sequence of them


@pytest.mark.parametrize("score", EVERY)
def test_other_lengths_are_refused(score: Any) -> None:
    with pytest.raises(DataError, match=r"^labels and targets must have one length \(got 2 and 1\)$"):
        score(np.array([0, 1]), ["a"])
