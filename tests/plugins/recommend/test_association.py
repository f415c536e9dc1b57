"""Association rules and their metrics against those of mlxtend, on small baskets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules as their_rules
from mlxtend.frequent_patterns import fpgrowth

from asterism.framework import DataError
from asterism.plugins.recommend.association import association_rules
from asterism.plugins.recommend.itemsets import chosen, frequent_itemsets

METRICS = {
    "support": "support",
    "antecedent support": "antecedent_support",
    "consequent support": "consequent_support",
    "confidence": "confidence",
    "lift": "lift",
    "leverage": "leverage",
    "conviction": "conviction",
    "zhangs_metric": "zhang",
}
baskets = st.lists(st.lists(st.integers(0, 6), max_size=7), min_size=1, max_size=40)


def flat(lists):
    indptr = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    return indptr, np.array([item for basket in lists for item in basket], np.int32)


def table(lists):
    held = np.zeros((len(lists), 7), bool)
    for row, basket in enumerate(lists):
        held[row, basket] = True
    return pd.DataFrame(held)


def parts(rules):
    return [(rules.itemsets[a], rules.itemsets[c]) for a, c in zip(rules.antecedents, rules.consequents, strict=True)]


def as_dict(rules):
    columns = zip(*(getattr(rules, ours) for ours in METRICS.values()), strict=True)
    return dict(zip(parts(rules), columns, strict=True))


def their_dict(frame):
    names = (tuple(map(tuple, map(sorted, pair))) for pair in zip(frame.antecedents, frame.consequents, strict=True))
    return dict(zip(names, frame[list(METRICS)].itertuples(index=False, name=None), strict=True))


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for rule, values in theirs.items():
        np.testing.assert_allclose(ours[rule], values, rtol=1e-12, atol=1e-12, err_msg=str(rule))


@settings(deadline=None, max_examples=60)
@given(baskets, st.integers(1, 8), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_rules_and_their_metrics_are_those_of_mlxtend(lists, min_count, min_confidence):
    assume(min_count <= len(lists))
    frequent = fpgrowth(table(lists), (min_count - 0.5) / len(lists))  # less half a basket, against a last digit too many
    assume(len(frequent))
    with np.errstate(all="ignore"):  # metrics that are not ours divide by 0
        theirs = their_dict(their_rules(frequent, metric="confidence", min_threshold=min_confidence))
    assert_equal(as_dict(association_rules(frequent_itemsets(*flat(lists), 7, min_count), min_confidence)), theirs)


@settings(deadline=None, max_examples=40)
@given(baskets, st.sampled_from([0.3, 0.5]), st.sampled_from([0.9, 1.0, 1.5]), st.integers(1, 3))
def test_bounds_leave_out_rules_and_change_no_other(lists, min_confidence, min_lift, max_consequent):
    itemsets = frequent_itemsets(*flat(lists), 7, 2)
    everything = as_dict(association_rules(itemsets))
    wanted = {
        rule: values
        for rule, values in everything.items()
        if values[3] >= min_confidence and values[4] >= min_lift and len(rule[1]) <= max_consequent
    }
    assert as_dict(association_rules(itemsets, min_confidence, min_lift, max_consequent)) == wanted


@settings(deadline=None, max_examples=40)
@given(baskets)
def test_only_the_kept_itemsets_are_split(lists):
    itemsets = frequent_itemsets(*flat(lists), 7, 2)
    closed = chosen(itemsets, "closed")
    kept = {items for items, is_kept in zip(itemsets, closed, strict=True) if is_kept}
    wanted = {rule: values for rule, values in as_dict(association_rules(itemsets)).items() if tuple(sorted(rule[0] + rule[1])) in kept}
    assert as_dict(association_rules(itemsets, kept=closed)) == wanted


def test_a_rule_that_is_never_wrong_has_infinite_conviction():
    rules = association_rules(frequent_itemsets(*flat([[0, 1], [0, 1], [1], [2]]), 3, 2), 0.9)
    assert parts(rules) == [((0,), (1,))]
    assert rules.conviction.tolist() == [np.inf]
    assert rules.lift.tolist() == [1 / 0.75]


def test_without_an_itemset_there_is_no_rule():
    rules = association_rules(frequent_itemsets(*flat([[], [1]]), 2, 2))
    assert len(rules) == 0
    assert rules.zhang.shape == rules.conviction.shape == (0,)


def test_too_many_rules_are_refused():
    itemsets = frequent_itemsets(*flat([list(range(10))] * 2), 10, 2)
    with pytest.raises(DataError, match=r"more than 100 rules are good enough .*; raise min_confidence"):
        association_rules(itemsets, limit=100)


def test_too_long_a_search_for_few_rules_is_refused():
    itemsets = frequent_itemsets(*flat([list(range(14))] * 2), 14, 2)
    with pytest.raises(DataError, match="too many to look at"):
        association_rules(itemsets, min_lift=2.0, limit=100)
