"""Seconds to find frequent itemsets and association rules, against mlxtend's in the same run, and the peak memory on many more items.

The peer is `fpgrowth` on a table of booleans, which is made beforehand, and `association_rules` on what it finds. Memory is that of a
process that finds the itemsets of 88,162 made-up baskets of 16,470 items, beside that of one that only makes the baskets.

    ASTERISM_DATA=... python tests/benchmarks/rules.py
"""

import os
import sys
from pathlib import Path

import numpy as np
from measuring import elapsed, measure

from asterism.plugins.recommend.association import association_rules
from asterism.plugins.recommend.itemsets import frequent_itemsets

N_BASKETS, N_ITEMS, LENGTH, MIN_COUNT = 88_162, 16_470, 10, 9
ROUNDS = 5


def made_up(n_baskets, n_items, length=LENGTH):
    """Draw baskets of about so many items, of which the k-th is drawn about 1/k as often as the first."""
    random = np.random.default_rng(0)
    ends = np.concatenate([[0], np.cumsum(random.poisson(length, n_baskets))]).astype(np.int64)
    shares = np.cumsum(1 / np.arange(1, n_items + 1))
    return ends, np.searchsorted(shares, random.random(ends[-1]) * shares[-1]).astype(np.int32), n_items


def read(path, separator):
    """Read a basket a line."""
    lists = [[item.strip() for item in line.split(separator)] for line in path.read_text("utf-8").splitlines() if line.strip()]
    names = {}
    indices = np.array([names.setdefault(item, len(names)) for items in lists for item in items], np.int32)
    return np.cumsum([0, *map(len, lists)]).astype(np.int64), indices, len(names)


def table(indptr, indices, n_items):
    """Spread baskets over columns, as the peer wants them."""
    import pandas as pd  # not where memory is measured

    held = np.zeros((len(indptr) - 1, n_items), bool)
    held[np.repeat(np.arange(len(held)), np.diff(indptr)), indices] = True
    return pd.DataFrame(held)


def our_rules(itemsets, min_confidence):
    """Make rules, and every metric that is shown."""
    rules = association_rules(itemsets, min_confidence)
    for metric in ("confidence", "lift", "leverage", "conviction", "zhang"):
        getattr(rules, metric)
    return rules


def report(what, ours, peer):
    """Print the smallest time of each side, called in turn."""
    mine, theirs = (min(times) for times in zip(*((elapsed(ours), elapsed(peer)) for _ in range(ROUNDS)), strict=True))
    print(f"  {what:10} ours {mine:8.4f} s, peer {theirs:7.3f} s: {theirs / mine:.1f} times as fast", flush=True)


def compare(name, baskets, min_support, min_confidence=None):
    """Print how fast both sides are, and what they find; without a confidence, there are too many rules to make."""
    from mlxtend.frequent_patterns import association_rules as their_rules  # not where memory is measured
    from mlxtend.frequent_patterns import fpgrowth

    min_count, held = int(np.ceil(min_support * (len(baskets[0]) - 1))), table(*baskets)
    itemsets, theirs = frequent_itemsets(*baskets, min_count), fpgrowth(held, min_support)
    print(f"{name}: {len(held):,} baskets of {baskets[2]:,} items; {len(itemsets):,} itemsets, peer {len(theirs):,}")
    report("itemsets", lambda: frequent_itemsets(*baskets, min_count), lambda: fpgrowth(held, min_support))
    if min_confidence is None:
        return
    rules, others = our_rules(itemsets, min_confidence), their_rules(theirs, metric="confidence", min_threshold=min_confidence)
    print(f"  {len(rules):,} rules, peer {len(others):,}")
    report(
        "rules",
        lambda: our_rules(itemsets, min_confidence),
        lambda: their_rules(theirs, metric="confidence", min_threshold=min_confidence),
    )


def find(baskets):
    """Find the itemsets and rules of baskets and say how many and how fast."""
    found = []
    seconds = elapsed(lambda: found.append(frequent_itemsets(*baskets, MIN_COUNT)))
    return f"{len(found[0]):,} itemsets in {seconds:.2f} s, {len(our_rules(found[0], 0.3)):,} rules"


def memory():
    """Print how much memory a process takes that finds itemsets, and one that finds none."""
    _, with_it, said = measure([sys.executable, __file__, "find"])
    _, without, _ = measure([sys.executable, __file__, "nothing"])
    what = f"made up: {N_BASKETS:,} baskets of {N_ITEMS:,} items, of {LENGTH} each; in {MIN_COUNT} baskets or more: {said.strip()}"
    print(f"{what}; peak memory {with_it:.0f} MiB, without the search {without:.0f} MiB")


def main():
    if sys.argv[1:]:
        find(made_up(100, 20))  # compiled, or loaded
        baskets = made_up(N_BASKETS, N_ITEMS)
        if sys.argv[1] == "find":
            print(find(baskets))
        return
    compare("made up", made_up(5000, 100), 0.005, 0.3)
    if "ASTERISM_DATA" in os.environ:
        folder = Path(os.environ["ASTERISM_DATA"], "recommend")
        compare("Groceries", read(folder / "groceries" / "groceries.csv", ","), 0.001, 0.3)
        compare("Mushroom", read(folder / "mushroom" / "mushroom.dat", None), 0.2)
    memory()


if __name__ == "__main__":
    main()
