"""The recommender that says why in one line: who touched these items touched that one too."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Reason, Summable, Summary, report_problem
from asterism.framework.kinds import one_history

from .association import AssociationRules, association_rules
from .itemsets import Itemsets, Which, candidates, chosen, frequent_itemsets, lists_of, with_level
from .logs import Log
from .scorer import Score, Scorer

LEAST = 2
"""Baskets that hold an itemset at least: what only one user touched is no pattern."""
SHOWN_RULES = 5
"""Rules that a summary shows, the highest lift first."""


class Rules(Scorer, Summable):
    """Ranks what association rules lead to from a history: the score of an item is that of the best rule that fires.

    The history of a user is a basket, in which an item counts once, whatever its weight. A rule antecedent => consequent fires where the
    whole antecedent lies within the history; rules whose consequent has several items recommend nothing, and stand in the table only.
    A history that fires no rule gets no recommendation.

    Fitting by sums takes a round for each size of the itemsets (Apriori) and learns the same, bit for bit. Each batch must hold the whole
    history of its users, and `diversity` must be 0, since sums do not tell which users touched an item.

    Beside what every recommender of this family learns, `n_baskets_` is the number of users; `itemset_starts_`, `itemset_items_` and
    `itemset_counts_` hold the frequent itemsets, flat, by size and then by items; `itemset_kept_` tells which ones `itemsets` asks for; and
    `rule_places_` (n_rules, 3) points to the itemset, the antecedent and the consequent of each rule. `DataError` where they are millions.

    Agrawal and Srikant, "Fast algorithms for mining association rules", VLDB 1994.
    """

    min_support: Annotated[float, Gt(0), Le(1)] = 0.01
    """The share of the users who must have touched all items of an itemset; two users at least."""
    min_confidence: Annotated[float, Ge(0), Le(1)] = 0.1
    """The share of those with the antecedent who must have touched the consequent too."""
    min_lift: Annotated[float, Ge(0)] = 0.0
    """How many times as often as by chance antecedent and consequent must come together; above 1, rules that tell no more than the
    popularity of the consequent are left out."""
    max_length: Annotated[int, Ge(1)] | None = 5
    """How many items an itemset may have; null, any number."""
    itemsets: Which = "all"
    """Which itemsets are shown and made rules of: all frequent ones; closed, in no larger one that as many users touched; or maximal, in no
    larger frequent one."""
    max_consequent: Annotated[int, Ge(1)] | None = 1
    """How many items a consequent may have; null, any number."""
    score_by: Literal["confidence", "lift"] = "confidence"
    """What makes a rule the best: how often it is right, or how much more often than by chance."""

    recommends_above: ClassVar[float] = 0.0

    def begin(self, sample: Interactions) -> None:
        if self.diversity:
            hint = "set diversity to 0, or fit on all data at once"
            raise DataError(f"diversity needs to know who touched what, which sums do not tell (got diversity={self.diversity})", hint=hint)
        self.n_baskets_ = 0
        self.candidates_ = np.zeros((0, 1), np.int32)

    def summarize(self, batch: Interactions) -> Summary:
        from .itemset_rounds import count_items

        log = Log(batch.users, batch.items, batch.indptr, batch.indices.astype(np.int32), batch.weights, batch.times)
        log.check_weights(self.takes_any_weight)
        if self.candidates_.shape[1] > 1:
            return {"counts": self._count(log)}
        touched = zip(batch.items, count_items(log.indptr, log.columns, len(log.items)).tolist(), strict=True)
        return {"items": {item: count for item, count in touched if count}, "n_baskets": np.array([len(batch)], np.int64)}

    def absorb(self, total: Summary) -> bool:
        if self.candidates_.shape[1] > 1:
            frequent = total["counts"] >= self._min_count
            level = self.candidates_[frequent]
            itemsets = with_level(self._itemsets, level, total["counts"][frequent])
        else:
            level, itemsets = self._absorb_items(total["items"], int(total["n_baskets"][0]))
        self._keep(itemsets)
        is_last = self.max_length is not None and level.shape[1] >= self.max_length
        self.candidates_ = level[:0] if is_last else candidates(level)
        if not len(self.candidates_):
            del self.candidates_
            self._split(itemsets)
            return True
        return False

    def explain(self, history: Interactions | Sequence[str], item: str, n: int = 5) -> list[Reason]:
        """Name the rules that fire for one history and lead to `item`, best first; where there is none, the list is empty.

        At most `n`. `DataError` where `history` holds more than one user, or `item` is unknown.
        """
        touched = set(one_history(history)[0]).intersection(self.items_)
        if item not in self.items_:
            raise DataError(f"the item {item!r} is not known", hint="name one that can be recommended")
        if not touched:
            popularity = int(self.popularity_[self.items_.index(item)])
            return [Reason(f"nothing in the history is known, and {popularity} users touched {item}", float(popularity), (item,))]
        return list(self._reasons(touched, item))[:n]

    def tables(self) -> dict[str, dict[str, Sequence[Any]]]:
        """Return the columns of two tables: `itemsets`, most frequent first, and `rules`, highest lift first.

        The conviction of a rule that is never wrong is infinite, and None in the table.
        """
        itemsets, rules = self._itemsets, self._rules
        kept = np.flatnonzero(self.itemset_kept_)
        kept = kept[np.argsort(-itemsets.counts[kept], kind="stable")]
        best = np.lexsort((-rules.confidence, -rules.lift))
        parts = {"antecedent": rules.antecedents, "consequent": rules.consequents}
        metrics = {
            name: getattr(rules, name)[best].tolist() for name in ("support", "confidence", "lift", "leverage", "conviction", "zhang")
        }
        metrics["conviction"] = [value if value < np.inf else None for value in metrics["conviction"]]
        return {
            "itemsets": {
                "items": self._spelled(kept),
                "size": itemsets.sizes[kept].tolist(),
                "count": itemsets.counts[kept].tolist(),
                "support": itemsets.supports[kept].tolist(),
            },
            "rules": {**{name: self._spelled(places[best]) for name, places in parts.items()}, **metrics},
        }

    @property
    def _min_count(self) -> int:
        """How many baskets make an itemset frequent; less a trifle, since a share times a number may be a last digit too much."""
        return max(ceil(self.min_support * self.n_baskets_ - 1e-9), LEAST)

    @property
    def _itemsets(self) -> Itemsets:
        return Itemsets(self.itemset_starts_, self.itemset_items_, self.itemset_counts_, self.n_baskets_)

    @property
    def _rules(self) -> AssociationRules:
        return AssociationRules(self._itemsets, self.rule_places_)

    def _learn(self, log: Log) -> None:
        self.n_baskets_ = len(log)
        self._keep(frequent_itemsets(log.indptr, log.columns, len(log.items), self._min_count, self.max_length))
        self._split(self._itemsets)

    def _keep(self, itemsets: Itemsets) -> None:
        self.itemset_starts_, self.itemset_items_, self.itemset_counts_ = itemsets.starts, itemsets.items, itemsets.counts

    def _split(self, itemsets: Itemsets) -> None:
        self.itemset_kept_ = chosen(itemsets, self.itemsets)
        rules = association_rules(itemsets, self.min_confidence, self.min_lift, self.max_consequent, self.itemset_kept_)
        self.rule_places_ = rules.places
        self.notes_ = list(self._notes())
        if not len(rules):
            report_problem("no rule is good enough, so nothing will be recommended; lower min_support, min_confidence or min_lift")

    def _absorb_items(self, counts: dict[str, int], n_baskets: int) -> tuple[NDArray[np.int32], Itemsets]:
        """Learn the items, and return the frequent ones, which come first, as a level and as itemsets."""
        if not counts:
            raise DataError(f"there is not one event to learn from (got {n_baskets} users without history)")
        self.items_ = sorted(counts, key=lambda item: (-counts[item], item))
        self.popularity_ = np.array([counts[item] for item in self.items_], np.int64)
        self.n_baskets_ = n_baskets
        frequent = int((self.popularity_ >= self._min_count).sum())
        level = np.arange(frequent, dtype=np.int32)[:, None]
        nothing = Itemsets(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64), n_baskets)
        return level, with_level(nothing, level, self.popularity_[:frequent])

    def _count(self, log: Log) -> NDArray[np.int64]:
        """Count the baskets that hold each candidate."""
        from .itemset_rounds import bitsets, count_candidates

        frequent = int((self._itemsets.sizes == 1).sum())
        position = {item: place for place, item in enumerate(self.items_[:frequent])}
        columns = np.array([position.get(item, -1) for item in log.items], np.int32)[log.columns]
        counts = np.zeros(len(self.candidates_), np.int64)
        count_candidates(bitsets(log.indptr, columns, frequent), self.candidates_, counts)
        return counts

    def _scorer(self) -> Score:
        from .itemset_rounds import arranged
        from .rule_rounds import fire

        itemsets, rules = self._itemsets, self._rules
        single = np.flatnonzero(itemsets.sizes[rules.consequents] == 1)
        rarest = itemsets.items[itemsets.starts[rules.antecedents[single] + 1] - 1]  # items are ordered from the most popular one
        order = single[np.argsort(rarest, kind="stable")]
        rule_starts = np.concatenate([[0], np.cumsum(np.bincount(rarest, minlength=len(self.items_)))]).astype(np.int64)
        antecedents = arranged(itemsets.starts, itemsets.items, rules.antecedents[order].astype(np.int64))
        consequents = itemsets.items[itemsets.starts[rules.consequents[order]]]
        indexed = (rule_starts, *antecedents, consequents, self._values(rules)[order].astype(np.float32))

        def score(histories: Log) -> NDArray[np.float32]:
            scores = np.zeros((len(histories), len(self.items_)), np.float32)
            fire(histories.indptr, histories.columns, indexed, scores)
            return scores

        return score

    def _notes(self) -> Iterator[str]:
        """Say for a summary how many rules there are, and write down those that tell most."""
        rules = self._rules
        yield f"{int(self.itemset_kept_.sum()):,} itemsets and {len(rules):,} rules among {self.n_baskets_:,} baskets"
        best = np.lexsort((-rules.confidence, -rules.lift))[:SHOWN_RULES]
        for rule, antecedent, consequent in zip(
            best, self._spelled(rules.antecedents[best]), self._spelled(rules.consequents[best]), strict=True
        ):
            yield self._worded(rules, rule, antecedent, ", ".join(consequent))

    def _worded(self, rules: AssociationRules, rule: int, antecedent: list[str], consequent: str) -> str:
        strength = f"confidence {rules.confidence[rule]:.2f}, lift {rules.lift[rule]:.1f}"
        return f"{{{', '.join(antecedent)}}} -> {consequent}: {strength}"

    def _values(self, rules: AssociationRules) -> NDArray[np.float64]:
        return rules.confidence if self.score_by == "confidence" else rules.lift

    def _reasons(self, touched: set[str], item: str) -> Iterator[Reason]:
        """Put the rules that fire into words, best first, equals by support."""
        itemsets, rules = self._itemsets, self._rules
        first = itemsets.items[itemsets.starts[rules.consequents]]
        there = np.flatnonzero((itemsets.sizes[rules.consequents] == 1) & (first == self.items_.index(item)))
        values = self._values(rules)
        best = there[np.lexsort((-rules.support[there], -values[there]))]
        for rule, antecedent in zip(best, self._spelled(rules.antecedents[best]), strict=True):
            if touched.issuperset(antecedent):
                yield Reason(self._worded(rules, rule, antecedent, item), float(values[rule]), tuple(antecedent))

    def _spelled(self, sets: NDArray[Any]) -> list[list[str]]:
        return lists_of(self.itemset_starts_, self.itemset_items_, sets, self.items_)
