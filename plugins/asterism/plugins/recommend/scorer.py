"""What the recommenders of this family have in common: scores of all items for a history, then filters and the best few."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Ranking, Recommender, report_problem
from asterism.framework.values import with_empty_rows
from asterism.framework.workers import usable_cores

from .logs import Log
from .ordering import in_order
from .row_parts import cut, in_threads

CELLS = 2**20
"""Scores that a block of histories may have at most: 4 MB, which stay in the processor's memory."""
CANDIDATES = 10
"""Where recommendations are to differ from each other, the best so many times `n` items are looked at."""

NOTHING_KNOWN = "histories hold no known item and got the most popular ones"
ALL_SEEN = "users have seen every item, so nothing is left to recommend"

Score = Callable[[Log], NDArray[np.float32]]
"""Gives the scores of all items for some histories, a fresh array of shape (n_histories, n_items); minus infinity is never recommended."""


Ranked = tuple[slice, tuple[NDArray[np.int64], NDArray[np.float32]]]
"""A block of histories with its best items, -1 where there are fewer, and their scores, both of shape (n_histories, n)."""


class Scorer(Recommender, ABC):
    """Base of recommenders that score every item for a history; a subclass says how, in `_learn` and `_scorer`.

    Learns `items_`, the ids by how many users touched them, equals by id, and `popularity_` (n_items,), how many these are. Equal scores
    are ranked in that order. A history without a known item gets the most popular items, with these numbers as scores, and is reported.
    """

    allowed: tuple[str, ...] | None = None
    """Recommend nothing but these items; left out, any."""
    blocked: tuple[str, ...] = ()
    """Never recommend these items."""
    diversity: Annotated[float, Ge(0), Le(1)] = 0.0
    """How much the items of a ranking must differ from each other, rather than score high: 0 not at all, 1 that alone (maximal marginal
    relevance, Carbonell and Goldstein, SIGIR 1998; items are alike where the same users touched them)."""
    popularity_penalty: Annotated[float, Ge(0)] = 0.0
    """Divide a score by the item's number of users to this power, or multiply one below 0; 0 leaves popular items their advantage."""

    recommends_above: ClassVar[float] = -np.inf
    """Only items with a score above this are recommended."""
    takes_any_weight: ClassVar[bool] = False
    """Whether a weight may be 0 or below, as a rating may."""
    works_in_threads: ClassVar[bool] = True
    """Whether several blocks of histories may be scored at once."""

    def fit(self, interactions: Interactions, y: None = None) -> Self:
        with whole_or_as_before(self):
            self._learn_from(Log.to_learn(interactions))
        return self

    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        log = Log.to_score(histories, self.items_)
        log.check_weights(self.takes_any_weight)
        rows, scores = np.full((len(log), n), -1, np.int64), np.zeros((len(log), n), np.float32)
        offered = self._offered()
        if len(log) and n:
            for part, (best, values) in self._ranked(log, n, exclude_seen, offered):
                rows[part], scores[part] = best, values
        self._fill_cold(np.flatnonzero(np.diff(log.indptr) == 0), offered, rows, scores)
        if exclude_seen:
            _report_exhausted(log, rows)
        return Ranking(rows, scores, self.items_)

    @abstractmethod
    def _learn(self, log: Log) -> None:
        """Learn from the events; what is learned goes into attributes that end in an underscore."""

    @abstractmethod
    def _scorer(self) -> Score:
        """Return what scores histories; it is asked for once for all blocks of them."""

    def _learn_from(self, log: Log) -> None:
        log.check_weights(self.takes_any_weight)
        self.items_, self.popularity_ = log.items, log.users_per_item
        if self.diversity:
            self.audience_ = log.touched.T.tocsr()
        self._learn(log)

    def _take_in(self, log: Log) -> NDArray[np.int64]:
        """Count the users of further events, and take their items in; return the new order of the items of `log`, ours first."""
        n_users = log.users_per_item
        n_users[: len(self.items_)] += self.popularity_
        order = in_order(log.items, n_users)
        if self.diversity:
            from scipy.sparse import hstack

            earlier = with_empty_rows(self.audience_, [*range(len(self.items_)), *[-1] * (len(log.items) - len(self.items_))])
            self.audience_ = hstack([earlier, log.touched.T], format="csr")[order]
            self.audience_.sort_indices()
        self.items_, self.popularity_ = [log.items[item] for item in order], n_users[order]
        return order

    def _ranked(self, log: Log, n: int, exclude_seen: bool, offered: NDArray[np.bool_] | None) -> Iterator[Ranked]:
        """Yield the best items of each block of histories, and their scores."""
        score = self._scorer()

        def best(part: slice) -> Ranked:
            block = log[part]
            return part, self._best(block, score(block), n, exclude_seen, offered)

        yield from in_threads(best, blocks(len(log), len(self.items_)), usable_cores() if self.works_in_threads else 1)

    def _best(
        self,
        block: Log,
        scores: NDArray[np.float32],
        n: int,
        exclude_seen: bool,
        offered: NDArray[np.bool_] | None,
        columns: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Choose the best of the scored items, which are all of them or, for each history, those at `columns`, in order."""
        from .scoring_rounds import hide, rank

        looked_at: Any = slice(None) if columns is None else columns
        if self.popularity_penalty:
            penalty = (np.maximum(self.popularity_, 1.0) ** self.popularity_penalty).astype(np.float32)[looked_at]
            scores *= np.where(scores > 0, 1 / penalty, penalty)
        if offered is not None:
            scores[np.broadcast_to(~offered[looked_at], scores.shape)] = -np.inf
        if exclude_seen and columns is not None:
            scores[_is_seen(block, columns)] = -np.inf
        elif exclude_seen:
            hide(block.indptr, block.columns, scores)
        width = self._width(n)
        rows, values = np.full((len(block), width), -1, np.int64), np.zeros((len(block), width), np.float32)
        rank(scores, np.float32(self.recommends_above), rows, values)
        if columns is not None:
            rows = np.where(rows >= 0, np.take_along_axis(columns, np.maximum(rows, 0), axis=1), -1)
        return self._diversified(rows, values, n) if self.diversity else (rows, values)

    def _width(self, n: int) -> int:
        """How many items of each history are looked at, of which `n` are recommended."""
        return min(n * CANDIDATES, len(self.items_)) if self.diversity else n

    def _offered(self) -> NDArray[np.bool_] | None:
        """Tell which items may be recommended; None where all may."""
        if self.allowed is None and not self.blocked:
            return None
        position = {item: place for place, item in enumerate(self.items_)}
        offered = np.full(len(position), self.allowed is None)
        for name, value in (("allowed", self.allowed or ()), ("blocked", self.blocked)):
            known = [position[item] for item in value if item in position]
            if len(known) < len(value):
                report_problem(f"`{name}` names items that are unknown", count=len(value) - len(known))
            offered[known] = name == "allowed"
        return offered

    def _diversified(self, rows: NDArray[np.int64], values: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        from .scoring_rounds import diversify

        if "audience_" not in self.learned():
            hint = "fit it again, with diversity above 0, or set diversity to 0"
            raise DataError("diversity needs to know who touched what, and the model was fitted without it", hint=hint)
        best, its = np.full((len(rows), n), -1, np.int64), np.zeros((len(rows), n), np.float32)
        diversify(rows, values, self.audience_.indptr, self.audience_.indices, np.float32(self.diversity), best, its)
        return best, its

    def _fill_cold(
        self, cold: NDArray[np.int64], offered: NDArray[np.bool_] | None, rows: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> None:
        if not len(cold):
            return
        report_problem(NOTHING_KNOWN, rows=cold.tolist())
        values = self._cold_scores()
        popular = np.argsort(-values, kind="stable")
        popular = popular[(values > 0 if offered is None else (values > 0) & offered)[popular]][: rows.shape[1]]
        rows[cold], scores[cold] = -1, 0
        rows[cold, : len(popular)], scores[cold, : len(popular)] = popular, values[popular]

    def _cold_scores(self) -> NDArray[Any]:
        """Return what each item counts for a history without a known one, shape (n_items,)."""
        return self.popularity_

    def _scores_of(self, item: str, histories: Interactions) -> list[float]:
        """Return the score of one item, however much it differs from others; 0 where it is not to be recommended."""
        if item not in self.items_:
            raise DataError(f"the item {item!r} is not known", hint="name one that can be recommended")
        log, place, offered = Log.to_score(histories, self.items_), self.items_.index(item), self._offered()
        log.check_weights(self.takes_any_weight)
        if offered is not None and not offered[place]:
            return [0.0] * len(log)
        score, cold = self._scorer(), np.diff(log.indptr) == 0
        found = np.concatenate([score(log[part])[:, place] for part in blocks(len(log), len(self.items_))])
        power = np.where(found > 0, -self.popularity_penalty, self.popularity_penalty)
        found = found * np.maximum(self.popularity_[place], 1.0) ** power
        found = np.where(cold, self._cold_scores()[place], np.where(found > self.recommends_above, found, 0))
        return [float(value) for value in found]


@contextmanager
def whole_or_as_before(model: Recommender) -> Iterator[None]:
    """Give a model back what it had learned, where a fit is refused halfway: its parts would not fit together."""
    before = model.learned()
    try:
        yield
    except Exception:
        for name in model.learned():
            delattr(model, name)
        vars(model).update(before)
        raise


def blocks(n_rows: int, n_columns: int) -> list[slice]:
    """Cut rows into blocks of at most `CELLS` cells, where that is more than 4 rows a multiple of 4 of them, which need no padding."""
    size = max(CELLS // max(n_columns, 1), 1)
    size -= size % 4 if size > 4 else 0
    return cut(n_rows, size)


def _is_seen(block: Log, columns: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which of the columns, shape (n_histories, k), the histories hold."""
    n_items = len(block.items)
    own = np.arange(len(block))[:, np.newaxis] * n_items + columns
    return np.isin(own, block.owners * n_items + block.columns)


def _report_exhausted(log: Log, rows: NDArray[np.int64]) -> None:
    """Say which users have seen everything, so that nothing is left to recommend."""
    empty = np.flatnonzero((rows == -1).all(axis=1)) if rows.shape[1] else np.zeros(0, np.int64)
    done = [int(row) for row in empty if len(np.unique(log[slice(row, row + 1)].columns)) == len(log.items)]
    if done:
        report_problem(ALL_SEEN, rows=done)
