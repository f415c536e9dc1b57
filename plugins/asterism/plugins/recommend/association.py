"""Association rules: which items make which others likely, from frequent itemsets, and how strong and how surprising each rule is."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

from .itemsets import Itemsets

LIMIT = 5_000_000
"""Rules that are made at most."""
EFFORT = 200
"""Splits of itemsets that are tried at most, for each rule of the limit."""


@dataclass(frozen=True, eq=False)
class AssociationRules:
    """Rules antecedent => consequent; the itemset of both together, and either part, are itemsets of one collection.

    A metric has the shape (n_rules,) and is computed from the shares of the baskets that hold the antecedent (a), the consequent (c) and
    both (b).
    """

    itemsets: Itemsets
    places: NDArray[np.int32]
    """The place among the itemsets of the whole, the antecedent and the consequent, shape (n_rules, 3)."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def antecedents(self) -> NDArray[np.int32]:
        """The place of each antecedent among the itemsets, shape (n_rules,)."""
        return self.places[:, 1]

    @property
    def consequents(self) -> NDArray[np.int32]:
        """The place of each consequent among the itemsets, shape (n_rules,)."""
        return self.places[:, 2]

    @cached_property
    def support(self) -> NDArray[np.float64]:
        """Share of the baskets that hold antecedent and consequent: b."""
        return self.itemsets.supports[self.places[:, 0]]

    @cached_property
    def antecedent_support(self) -> NDArray[np.float64]:
        """Share of the baskets that hold the antecedent: a."""
        return self.itemsets.supports[self.antecedents]

    @cached_property
    def consequent_support(self) -> NDArray[np.float64]:
        """Share of the baskets that hold the consequent: c."""
        return self.itemsets.supports[self.consequents]

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Share of the baskets with the antecedent that hold the consequent too: b / a (Agrawal et al., SIGMOD 1993)."""
        confidence: NDArray[np.float64] = self.support / self.antecedent_support
        return confidence

    @cached_property
    def lift(self) -> NDArray[np.float64]:
        """How many times as often as by chance both come together: b / (a c); 1 is chance (Brin et al., SIGMOD 1997)."""
        lift: NDArray[np.float64] = self.confidence / self.consequent_support
        return lift

    @cached_property
    def leverage(self) -> NDArray[np.float64]:
        """Share of the baskets by which both come together more often than by chance: b - a c (Piatetsky-Shapiro 1991)."""
        leverage: NDArray[np.float64] = self.support - self.antecedent_support * self.consequent_support
        return leverage

    @cached_property
    def conviction(self) -> NDArray[np.float64]:
        """How many times as often the rule would be wrong by chance: (1 - c) / (1 - confidence); infinite where it is never wrong."""
        conviction = np.full(len(self), np.inf)
        wrong = self.confidence < 1
        conviction[wrong] = (1 - self.consequent_support[wrong]) / (1 - self.confidence[wrong])
        return conviction

    @cached_property
    def zhang(self) -> NDArray[np.float64]:
        """From -1 (never together) over 0 (chance) to 1 (always): leverage / max(b (1 - a), a (c - b)) (Zhang, PAKDD 2000)."""
        b, a, c = self.support, self.antecedent_support, self.consequent_support
        most = np.maximum(b * (1 - a), a * (c - b))
        zhang: NDArray[np.float64] = np.divide(self.leverage, most, out=np.zeros(len(self)), where=most != 0)
        return zhang


def association_rules(
    itemsets: Itemsets,
    min_confidence: float = 0.0,
    min_lift: float = 0.0,
    max_consequent: int | None = None,
    kept: NDArray[np.bool_] | None = None,
    limit: int = LIMIT,
) -> AssociationRules:
    """Split itemsets into antecedent and consequent wherever confidence and lift are at least these.

    `itemsets` must hold every part of each of its sets, as `frequent_itemsets` gives them; only the `kept` ones (a mask, shape
    (n_sets,); left out, all) are split, in their order, into consequents of at most `max_consequent` items. Raises `DataError` where
    there are more than `limit` rules, or finding them would take too long (Agrawal and Srikant, VLDB 1994).
    """
    from .itemset_rounds import index_sets
    from .rule_rounds import split

    arrays = itemsets.starts, itemsets.items
    sets = (*arrays, itemsets.counts, *index_sets(*arrays))
    mask = np.ones(len(itemsets), bool) if kept is None else kept
    longest = len(itemsets) if max_consequent is None else max_consequent
    bounds = float(min_confidence), float(min_lift), longest, limit, limit * EFFORT
    found, tried = split(sets, mask, itemsets.n_baskets, bounds, np.zeros((0, 3), np.int32))
    if found > limit or tried > limit * EFFORT:
        raise _too_many(found, tried, limit)
    places = np.empty((found, 3), np.int32)
    split(sets, mask, itemsets.n_baskets, bounds, places)
    return AssociationRules(itemsets, places)


def _too_many(found: int, tried: int, limit: int) -> DataError:
    hint = "raise min_confidence, min_lift or min_support, or lower max_consequent"
    if found > limit:
        return DataError(f"more than {limit:,} rules are good enough (found {found:,} before stopping)", hint=hint)
    return DataError(f"the rules are too many to look at ({tried:,} tried before stopping, {found:,} good enough)", hint=hint)
