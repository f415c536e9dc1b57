from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.registry.matching import MOST_PAIRS, count_overlap, match_groups, stable_numbers

LABELS = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), max_size=30)


def matched(before: list[int], after: list[int]) -> dict[int, int]:
    return match_groups(count_overlap(np.array(before, np.int64), np.array(after, np.int64)))


def test_the_same_groups_under_other_numbers_are_found() -> None:
    assert matched([0, 0, 1, 1, 2], [7, 7, 0, 0, 1]) == {7: 0, 0: 1, 1: 2}


def test_records_without_a_group_match_nothing() -> None:
    assert matched([-1, -1, 0], [3, 3, -1]) == {}


def test_a_pair_that_shares_no_record_is_no_match() -> None:
    assert matched([0, 1, 1], [5, 5, 5]) == {5: 1}


def test_the_sum_counts_and_not_the_best_single_pair() -> None:
    # 3 records are in (0, 0); but (0, 1) and (1, 0) share 2 + 2.
    assert matched([0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0, 0]) == {0: 1, 1: 0}


def test_nothing_is_matched_where_there_is_nothing() -> None:
    assert matched([], []) == {}


@given(LABELS)
def test_no_other_assignment_shares_more_records(pairs: list[tuple[int, int]]) -> None:
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    shared = sum(1 for old, new in pairs if new >= 0 and matched(before, after).get(new) == old)
    best = max(sum(1 for old, new in pairs if new >= 0 and order[new] == old) for order in permutations(range(5)))
    assert shared == best


@given(LABELS)
def test_the_order_of_the_records_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    first, second = ([matched([p[0] for p in order], [p[1] for p in order])] for order in (pairs, sorted(pairs)))
    assert first == second


def test_too_many_groups_are_refused_before_they_fill_the_memory() -> None:
    many = np.arange(int(MOST_PAIRS**0.5) + 1)
    with pytest.raises(DataError, match=r"^10,001 and 10,001 groups are too many to be matched; a run of fewer groups can be$"):
        count_overlap(many, many)


def test_new_groups_are_numbered_behind_the_earlier_ones_the_largest_first() -> None:
    after = np.array([0, 1, 1, 2, 2, 2, 3, 3, -1])
    assert stable_numbers({0: 4}, np.array([4, 9, -1]), after) == {0: 4, 2: 10, 1: 11, 3: 12}


def test_where_the_earlier_run_found_no_group_numbers_begin_at_0() -> None:
    assert stable_numbers({}, np.array([-1]), np.array([5, 5, 3])) == {5: 0, 3: 1}
    assert stable_numbers({}, np.array([], np.int64), np.array([-1])) == {}


@given(LABELS)
def test_no_two_groups_get_one_number(pairs: list[tuple[int, int]]) -> None:
    before, after = np.array([pair[0] for pair in pairs], np.int64), np.array([pair[1] for pair in pairs], np.int64)
    numbers = stable_numbers(match_groups(count_overlap(before, after)), before, after)
    assert set(numbers) == set(after[after >= 0].tolist())
    assert len(set(numbers.values())) == len(numbers)
