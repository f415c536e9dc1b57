"""Frequent itemsets against those of mlxtend, on small baskets, and where the search must stop."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import fpgrowth, fpmax

from asterism.framework import DataError
from asterism.plugins.recommend.itemsets import candidates, chosen, frequent_itemsets, lists_of

baskets = st.lists(st.lists(st.integers(0, 7), max_size=10), min_size=1, max_size=90)


def flat(lists):
    indptr = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    return indptr, np.array([item for basket in lists for item in basket], np.int32)


def table(lists, n_items=8):
    held = np.zeros((len(lists), n_items), bool)
    for row, basket in enumerate(lists):
        held[row, basket] = True
    return pd.DataFrame(held)


def counted(frame, n_baskets):
    return {tuple(sorted(items)): round(support * n_baskets) for items, support in zip(frame.itemsets, frame.support, strict=True)}


def as_dict(itemsets, kept=None):
    kept = np.ones(len(itemsets), bool) if kept is None else kept
    return {items: int(count) for items, count, is_kept in zip(itemsets, itemsets.counts, kept, strict=True) if is_kept}


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 12), st.none() | st.integers(1, 4))
def test_frequent_itemsets_are_those_of_mlxtend(lists, min_count, max_length):
    assume(min_count <= len(lists))
    ours = frequent_itemsets(*flat(lists), 8, min_count, max_length)
    # less half a basket: mlxtend multiplies and rounds up, which a last digit must not lift by one
    theirs = fpgrowth(table(lists), (min_count - 0.5) / len(lists), max_len=max_length)
    assert as_dict(ours) == counted(theirs, len(lists))


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 12))
def test_maximal_itemsets_are_those_of_mlxtend(lists, min_count):
    assume(min_count <= len(lists))
    ours = frequent_itemsets(*flat(lists), 8, min_count)
    theirs = fpmax(table(lists), (min_count - 0.5) / len(lists))
    assert as_dict(ours, chosen(ours, "maximal")) == counted(theirs, len(lists))


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 12), st.none() | st.integers(1, 4))
def test_closed_itemsets_lie_in_no_larger_one_of_the_same_count(lists, min_count, max_length):
    found = frequent_itemsets(*flat(lists), 8, min_count, max_length)
    counts = as_dict(found)
    closed = {a: n for a, n in counts.items() if not any(set(a) < set(b) and n == counts[b] for b in counts)}
    assert as_dict(found, chosen(found, "closed")) == closed


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 12), st.randoms())
def test_itemsets_stand_by_size_then_by_items_whatever_the_order_of_baskets(lists, min_count, random):
    found = frequent_itemsets(*flat(lists), 8, min_count)
    assert list(found) == sorted(found, key=lambda items: (len(items), items))
    shuffled = [random.sample(basket, len(basket)) for basket in random.sample(lists, len(lists))]
    again = frequent_itemsets(*flat(shuffled), 8, min_count)
    assert list(again) == list(found)
    np.testing.assert_array_equal(again.counts, found.counts)


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 12), st.integers(1, 3))
def test_candidates_are_the_sets_of_which_every_part_is_frequent(lists, min_count, size):
    known = list(frequent_itemsets(*flat(lists), 8, min_count))
    level = [items for items in known if len(items) == size]
    wanted = sorted({tuple(sorted({*a, *b})) for a in level for b in level if len({*a, *b}) == size + 1})
    wanted = [whole for whole in wanted if all(whole[:at] + whole[at + 1 :] in known for at in range(size + 1))]
    found = candidates(np.array(level, np.int32).reshape(-1, size))
    assert [tuple(row) for row in found.tolist()] == wanted


def test_many_baskets_and_items_are_counted_across_words():
    random = np.random.default_rng(0)
    lists = [np.flatnonzero(row).tolist() for row in random.random((3000, 12)) < 0.3]
    ours = frequent_itemsets(*flat(lists), 12, 60)
    assert as_dict(ours) == counted(fpgrowth(table(lists, 12), 59.5 / 3000), 3000)
    assert len(ours) > 200


def test_without_a_frequent_item_there_is_no_itemset():
    found = frequent_itemsets(*flat([[], [1], [2]]), 3, 2)
    assert len(found) == 0
    assert list(found) == []
    assert len(chosen(found, "closed")) == 0


def test_too_many_itemsets_are_refused_before_they_fill_the_memory():
    with pytest.raises(DataError, match=re.escape("1,000 itemsets are frequent (found 1,001 before stopping); raise min_support")):
        frequent_itemsets(*flat([list(range(40))] * 2), 40, 2, limit=1000)


def test_too_many_candidates_are_refused():
    with pytest.raises(DataError, match="more than 100 itemsets of 2 items would have to be counted"):
        candidates(np.arange(20, dtype=np.int32)[:, None], limit=100)


def test_a_count_below_one_is_refused():
    with pytest.raises(DataError, match="min_count=0"):
        frequent_itemsets(*flat([[0]]), 1, 0)


def test_sets_are_spelled_by_name():
    found = frequent_itemsets(*flat([[0, 1], [1, 0]]), 2, 2)
    assert lists_of(found.starts, found.items, np.arange(len(found)), ["tea", "cake"]) == [["tea"], ["cake"], ["tea", "cake"]]
