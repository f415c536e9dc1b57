"""Association rules on real baskets, Groceries and Mushroom, against those of mlxtend."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules as their_rules
from mlxtend.frequent_patterns import fpgrowth, fpmax

from asterism.framework import Interactions, fit_by_sums
from asterism.plugins.recommend.association import association_rules
from asterism.plugins.recommend.itemsets import chosen, frequent_itemsets
from asterism.plugins.recommend.rules import Rules

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of the reference data"),
]

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


def baskets(name):
    """Read the items of each basket: 9,835 of 169 groceries, or 8,124 mushrooms of 119 properties."""
    path = Path(
        os.environ["ASTERISM_DATA"],
        "recommend",
        *{"groceries": ["groceries", "groceries.csv"], "mushroom": ["mushroom", "mushroom.dat"]}[name],
    )
    lines = path.read_text("utf-8").splitlines()
    return [[item.strip() for item in line.split("," if name == "groceries" else None)] for line in lines if line.strip()]


def flat(lists):
    names = {}
    indices = np.array([names.setdefault(item, len(names)) for items in lists for item in items], np.int32)
    return np.cumsum([0, *map(len, lists)]).astype(np.int64), indices, len(names)


def table(lists):
    indptr, indices, n_items = flat(lists)
    held = np.zeros((len(lists), n_items), bool)
    held[np.repeat(np.arange(len(lists)), np.diff(indptr)), indices] = True
    return pd.DataFrame(held)


def counted(frame, n_baskets):
    return {tuple(sorted(items)): round(support * n_baskets) for items, support in zip(frame.itemsets, frame.support, strict=True)}


@pytest.mark.parametrize(
    ("name", "min_support", "n_itemsets", "n_closed", "n_maximal"),
    [("groceries", 0.001, 13_492, 13_464, 7_794), ("mushroom", 0.2, 53_583, 1_197, 158)],
)
def test_frequent_and_maximal_itemsets_are_those_of_mlxtend(name, min_support, n_itemsets, n_closed, n_maximal):
    lists = baskets(name)
    found = frequent_itemsets(*flat(lists), int(np.ceil(min_support * len(lists))))
    counts = dict(zip(found, found.counts.tolist(), strict=True))
    assert len(counts) == n_itemsets
    assert counts == counted(fpgrowth(table(lists), min_support), len(lists))
    maximal = {found[place] for place in np.flatnonzero(chosen(found, "maximal"))}
    assert len(maximal) == n_maximal
    assert maximal == set(counted(fpmax(table(lists), min_support), len(lists)))
    assert chosen(found, "closed").sum() == n_closed


def test_rules_and_their_metrics_are_those_of_mlxtend():
    lists = baskets("groceries")
    theirs = their_rules(fpgrowth(table(lists), 0.001), metric="confidence", min_threshold=0.3)
    rules = association_rules(frequent_itemsets(*flat(lists), int(np.ceil(0.001 * len(lists)))), 0.3)
    columns = zip(*(getattr(rules, ours) for ours in METRICS.values()), strict=True)
    itemsets = rules.itemsets
    parts = [(itemsets[a], itemsets[c]) for a, c in zip(rules.antecedents, rules.consequents, strict=True)]
    ours = dict(zip(parts, columns, strict=True))
    assert len(ours) == len(theirs) == 14_946
    wanted = [(tuple(sorted(a)), tuple(sorted(c))) for a, c in zip(theirs.antecedents, theirs.consequents, strict=True)]
    np.testing.assert_allclose(np.array([ours[rule] for rule in wanted]), theirs[list(METRICS)].to_numpy(float), rtol=1e-12, atol=1e-12)


@pytest.fixture(scope="module")
def split():
    """Return the log of four fifths of the baskets, that of the others without an item each, and these items."""
    random = np.random.default_rng(0)
    lists = [random.permutation(items).tolist() for items in baskets("groceries") if len(items) > 1]
    bound = len(lists) * 4 // 5
    train = Interactions.from_histories({f"basket {place:05}": items for place, items in enumerate(lists[:bound])})
    test = Interactions.from_histories({f"basket {place:05}": items[1:] for place, items in enumerate(lists[bound:])})
    return train, test, [items[0] for items in lists[bound:]]


def test_rules_find_held_out_groceries_more_often_than_popularity(split):
    train, test, wanted = split
    model = Rules(min_support=0.001, max_length=2).fit(train)
    ranking = model.recommend(test, 5)
    hits = np.mean([item in ranking[row] for row, item in enumerate(wanted)])
    popular = np.mean([item in [other for other in model.items_ if other not in test[row]][:5] for row, item in enumerate(wanted)])
    assert popular == pytest.approx(0.2415, abs=0.001)
    assert hits == pytest.approx(0.2604, abs=0.003)  # measured once; another order of equal scores moves a few baskets


def test_fitting_by_sums_learns_the_same_rules(split):
    train, _, _ = split
    batches = [train.for_users(train.users[begin : begin + 3000]) for begin in range(0, len(train), 3000)]
    model = Rules(min_support=0.001, max_length=None, max_consequent=None)
    assert fit_by_sums(model, batches).tables() == Rules(**model.get_params()).fit(train).tables()
