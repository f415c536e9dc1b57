"""Recommenders whose score is a product of vectors: one of the history, one of each item."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.framework.values import is_sparse

from .item_index import ItemIndex, Search, index_items
from .logs import Log
from .scorer import Ranked, Score, Scorer

Query = Callable[[Log], NDArray[np.float32]]
"""Makes the vectors of some histories, float32 of shape (n_histories, n_factors)."""

HISTORIES_AT_ONCE = 2**10
"""Histories whose likely items are looked for at a time."""


def settled(factors: NDArray[np.float32], hint: str) -> NDArray[np.float32]:
    """Return factors that a descent found; `DataError` where it ran away, so that they are no numbers any more."""
    if not np.isfinite(factors).all():
        raise DataError("the descent ran away: its steps became larger and larger", hint=hint)
    return factors


class FactorScorer(Scorer, ABC):
    """Base of recommenders that learn `item_factors_`, float32 of shape (n_items, n_factors), and make a vector of a history.

    `index_` holds the cells of the items, where not all of them are scored.
    """

    item_search: Search = "auto"
    """How the best items are looked for: "exact" scores all of them; "approximate" those in the cells of an index that are nearest to a
    history, a twentieth of all; "auto" is exact up to 200,000 items. With `allowed` it is always exact."""

    def _learn_from(self, log: Log) -> None:
        super()._learn_from(log)
        self._index()

    def _index(self) -> None:
        """Divide the items among cells, where there are many."""
        self.index_ = {} if is_sparse(self.item_factors_) else index_items(self.item_factors_, self.item_search)
        self.notes_ = [f"approximate search ({len(self.index_['centres']):,} cells)"] if self.index_ else []

    @abstractmethod
    def _querier(self) -> Query:
        """Return what makes the vectors of histories; it is asked for once for all blocks of them."""

    def _scorer(self) -> Score:
        from .scoring_rounds import STEP, multiply_columns

        query, missing = self._querier(), -self.item_factors_.shape[1] % STEP
        # Row by row in memory, or the products take ten times as long.
        factors = np.ascontiguousarray(np.pad(self.item_factors_, ((0, 0), (0, missing))).T)

        def score(histories: Log) -> NDArray[np.float32]:
            scores = np.zeros((len(histories), factors.shape[1]), np.float32)
            multiply_columns(np.pad(query(histories), ((0, 0), (0, missing))), factors, scores)
            return scores

        return score

    def _ranked(self, log: Log, n: int, exclude_seen: bool, offered: NDArray[np.bool_] | None) -> Iterator[Ranked]:
        if not self.index_ or self.allowed is not None:
            yield from super()._ranked(log, n, exclude_seen, offered)
            return
        query, index = self._querier(), ItemIndex(self.index_, self.item_factors_)
        rows, scores = np.full((len(log), n), -1, np.int64), np.zeros((len(log), n), np.float32)
        for part, seen in _by_length(log):
            histories, queries = log.at(part), query(log.at(part))
            columns = index.likely(queries, self._width(n) + seen + len(self.blocked))
            found = np.einsum("ij,ikj->ik", queries, self.item_factors_[columns])  # not @, by which a row alone would round otherwise
            rows[part], scores[part] = self._best(histories, found, n, exclude_seen, offered, columns)
        yield slice(0, len(log)), (rows, scores)


def _by_length(log: Log) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Yield histories of about one length, and how many events they have at most; so the rest of the batch decides nothing for one."""
    at_most = 2 ** np.ceil(np.log2(np.diff(log.indptr) + 1)).astype(np.int64)
    for length in np.unique(at_most):
        rows = np.flatnonzero(at_most == length)
        yield from ((rows[first : first + HISTORIES_AT_ONCE], int(length)) for first in range(0, len(rows), HISTORIES_AT_ONCE))
