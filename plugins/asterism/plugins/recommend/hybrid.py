"""The recommender that puts the rankings of several others together."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Problem, Ranking, Reason, Recommender, report_problem
from asterism.framework.kinds import one_history
from asterism.framework.problems import problems_to

from .logs import Log
from .scorer import ALL_SEEN, NOTHING_KNOWN, Ranked, Score, Scorer, blocks

RANK_OFFSET = 60
"""What is added to a rank before it is inverted, as in the paper."""
LAST = 0.01
"""What the last item of a ranking is given, where the first is given 1."""

_Weighed: TypeAlias = tuple[float, NDArray[np.int64], NDArray[np.float32]]


class Hybrid(Scorer):
    """Learns several recommenders from the same events and ranks by all of them.

    Each gives its best `depth` items. With "scores" their scores are brought to 0..1 within each history and added up; with "ranks" an item
    gets 1 / (60 + its rank) from each (reciprocal rank fusion). An item that one of them does not give gets nothing from it.

    Beside what every recommender of this family learns, `parts_` holds the recommenders. `items_` are all items that any of them can give.

    Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009; Burke,
    "Hybrid recommender systems: survey and experiments", UMUAI 12, 2002.
    """

    recommenders: tuple[Recommender, ...]
    """Those whose rankings are put together, each given as a stage is."""
    weights: tuple[float, ...] | None = None
    """How much each counts, as many as there are recommenders; left out, all the same."""
    fusion: Literal["scores", "ranks"] = "scores"
    """What is added up."""
    depth: Annotated[int, Ge(1)] = 50
    """How many items each is asked for; at least as many as are recommended."""

    recommends_above: ClassVar[float] = 0.0
    takes_any_weight: ClassVar[bool] = True  # its parts look at them

    def fit(self, interactions: Interactions, y: None = None) -> Self:
        self._weights()
        parts = [deepcopy(part).fit(interactions) for part in self.recommenders]
        self._learn_from(Log.to_learn(interactions, _items_of(parts)))
        self.parts_ = parts
        return self

    def update(self, interactions: Interactions) -> Self:
        """Update each of the recommenders; `DataError` where one of them cannot, and nothing is changed then."""
        parts = [deepcopy(part).update(interactions) for part in self.parts_]
        log = Log.to_score(interactions, [*self.items_, *sorted(_items_of(parts).difference(self.items_))])
        self._take_in(log)
        self.parts_ = parts
        return self

    def _learn(self, log: Log) -> None:
        """Learn nothing beside what the recommenders learn."""

    def _scorer(self) -> Score:
        raise NotImplementedError("rankings are put together, and not made of scores")

    def _ranked(self, log: Log, n: int, exclude_seen: bool, offered: NDArray[np.bool_] | None) -> Iterator[Ranked]:
        depth = len(self.items_) if self.allowed is not None else max(self._width(n), self.depth) + len(self.blocked)
        rankings = self._rankings(log.as_interactions(), depth, exclude_seen)
        for part in blocks(len(log), len(self.items_)):
            total = np.zeros((part.stop - part.start, len(self.items_)), np.float32)
            for weight, places, shares in rankings:
                found = places[part] >= 0
                total[np.nonzero(found)[0], places[part][found]] += np.float32(weight) * shares[part][found]
            yield part, self._best(log[part], total, n, exclude_seen, offered)

    def _rankings(self, histories: Interactions, n: int, exclude_seen: bool) -> list[_Weighed]:
        """Return the weight of each recommender, the places of its items among ours, -1 for none, and what each is given."""
        column, heard, found = {item: place for place, item in enumerate(self.items_)}, list[Problem](), list[_Weighed]()
        for weight, part in zip(self._weights(), self.parts_, strict=True):
            with problems_to(heard.append):
                ranking = part.recommend(histories, n, exclude_seen)
            places = np.array([*(column[item] for item in ranking.items), -1], np.int64)
            found.append((weight, places[ranking.rows], self._shares(ranking)))
        for problem in dict.fromkeys(heard):  # what several say is said once, and what is said of all histories not here
            if problem.message not in (NOTHING_KNOWN, ALL_SEEN):
                report_problem(problem.message, rows=problem.rows, count=problem.count)
        return found

    def explain(self, history: Interactions | Sequence[str], item: str, n: int = 5) -> list[Reason]:
        """Let each recommender that knows the item say why, each by its weight."""
        asked, reasons = one_history(history), list[Reason]()
        for weight, part in zip(self._weights(), self.parts_, strict=True):
            if item in part.recommend(asked, 1).items:
                found = part.explain(asked, item, n)
                largest = max((reason.weight for reason in found), default=0.0) or 1.0
                reasons += [Reason(reason.text, weight * reason.weight / largest, reason.items) for reason in found]
        if not reasons:
            raise DataError(f"no recommender has a reason for the item {item!r}", hint="name one that can be recommended")
        return sorted(reasons, key=lambda reason: -reason.weight)[:n]

    def _weights(self) -> tuple[float, ...]:
        weights = self.weights if self.weights is not None else (1.0,) * len(self.recommenders)
        if len(weights) != len(self.recommenders):
            hint = "give one for each, or none"
            raise DataError(f"there are {len(weights)} weights for {len(self.recommenders)} recommenders", hint=hint)
        return weights

    def _shares(self, ranking: Ranking) -> NDArray[np.float32]:
        """Return what each item of some rankings is given, shape (n_histories, n)."""
        if self.fusion == "ranks":
            return np.broadcast_to(1 / (RANK_OFFSET + 1 + np.arange(ranking.rows.shape[1], dtype=np.float32)), ranking.rows.shape)
        found = ranking.rows >= 0
        low = np.where(found, ranking.scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
        high = np.where(found, ranking.scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
        with np.errstate(invalid="ignore"):  # of a ranking without an item
            shares = (ranking.scores - low) / np.where(high > low, high - low, 1)
        # The last of a ranking is better than what is not in it.
        return np.where(high > low, LAST + (1 - LAST) * shares, 1).astype(np.float32)


def _items_of(parts: Sequence[Recommender]) -> set[str]:
    """Return all items that some fitted recommenders can give."""
    with problems_to(lambda problem: None):  # nobody asked for this history
        nobody = Interactions.from_histories({"": []})
        return set().union(*(part.recommend(nobody, 1).items for part in parts))
