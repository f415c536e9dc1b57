"""The events of some users with items in a fixed order: what recommenders of this family learn from and score."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, report_problem

from .ordering import in_order

LARGEST = 1e12
"""Largest size of a weight; sums of the squares of larger ones would not fit into the numbers of models."""


@dataclass(frozen=True, eq=False)
class Log:
    """Histories over a list of items, the events of each in time order."""

    users: list[str]
    items: list[str]
    indptr: NDArray[np.int64]
    """Events of user ``u`` are ``indptr[u]:indptr[u + 1]``; shape (n_users + 1,)."""
    columns: NDArray[np.int32]
    """The item of each event, as its place in `items`; shape (n_events,)."""
    weights: NDArray[np.float32]
    """The strength of each event; shape (n_events,)."""
    times: NDArray[np.float64] | None
    """Seconds since 1970, where they are known; shape (n_events,)."""

    @classmethod
    def to_learn(cls, interactions: Interactions, more: Iterable[str] = ()) -> Self:
        """Order the users by id and the items by how many users touched them, equals by id, so that the order of a log tells nothing.

        The items of `more` that nobody touched come last. Raises `DataError` where there is no event.
        """
        if not len(interactions.indices):
            raise DataError(f"there is not one event to learn from (got {len(interactions)} users without history)")
        ordered = interactions.for_users(sorted(interactions.users))
        touched = cls._of(ordered, ordered.items, np.arange(len(ordered.items))).users_per_item
        order = in_order(ordered.items, touched)[: np.count_nonzero(touched)]
        columns = np.full(len(touched), -1, np.int64)
        columns[order] = np.arange(len(order))
        items = [ordered.items[item] for item in order]
        return cls._of(ordered, [*items, *sorted(set(more).difference(items))], columns)

    @classmethod
    def to_score(cls, histories: Interactions, items: list[str]) -> Self:
        """Keep the events with known items; the others are counted and reported."""
        position = {item: place for place, item in enumerate(items)}
        columns = np.array([position.get(item, -1) for item in histories.items], np.int64)
        unknown = int((columns[histories.indices] < 0).sum())
        if unknown:
            report_problem("events with items unknown at fit were left out", count=unknown)
        return cls._of(histories, items, columns)

    @classmethod
    def _of(cls, interactions: Interactions, items: list[str], columns: NDArray[np.int64]) -> Self:
        """Keep the events whose item has a column; -1 is none."""
        kept = columns[interactions.indices] >= 0
        indptr = np.concatenate([[0], np.cumsum(kept)])[interactions.indptr].astype(np.int64)
        found = columns[interactions.indices[kept]].astype(np.int32)
        times = None if interactions.times is None else interactions.times[kept]
        return cls(interactions.users, items, indptr, found, interactions.weights[kept], times)

    @classmethod
    def to_add(cls, interactions: Interactions, items: list[str], more: Iterable[str] = ()) -> Self:
        """Put the events over `items`, those that they touch beside and those of `more`, in the order of the ids: nothing is unknown."""
        touched = {interactions.items[item] for item in np.unique(interactions.indices)}
        return cls.to_score(interactions, [*items, *sorted({*touched, *more}.difference(items))])

    def __len__(self) -> int:
        return len(self.users)

    def __getitem__(self, rows: slice) -> "Log":
        """Return the histories of consecutive users."""
        indptr = self.indptr[rows.start : rows.stop + 1]
        events = slice(indptr[0], indptr[-1])
        times = None if self.times is None else self.times[events]
        return Log(self.users[rows], self.items, indptr - indptr[0], self.columns[events], self.weights[events], times)

    def at(self, rows: NDArray[np.int64]) -> "Log":
        """Return the histories of some users."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        events = np.arange(indptr[-1]) + np.repeat(self.indptr[rows] - indptr[:-1], lengths)
        times = None if self.times is None else self.times[events]
        users = [self.users[row] for row in rows]
        return Log(users, self.items, indptr, self.columns[events], self.weights[events], times)

    def as_interactions(self) -> Interactions:
        """Return the same events as a value that any recommender takes."""
        return Interactions(self.users, self.items, self.indptr, self.columns.astype(np.int64), self.weights, self.times)

    @property
    def owners(self) -> NDArray[np.int64]:
        """The user of each event, shape (n_events,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    @property
    def users_per_item(self) -> NDArray[np.int64]:
        """How many users touched each item, shape (n_items,)."""
        return np.bincount(self.touched.indices, minlength=len(self.items)).astype(np.int64)

    def check_weights(self, signed: bool) -> None:
        """Raise `DataError` where a weight is not finite, too large or, unless it may have any sign, not above 0."""
        rule, hint = "be finite" if signed else "be above 0 and finite", "leave such events out"
        bad = ~(np.isfinite(self.weights) if signed else (self.weights > 0) & np.isfinite(self.weights))
        self._refuse(bad, rule, hint if signed else f"{hint}, or shift the scale")
        self._refuse(np.abs(self.weights) > LARGEST, f"be at most {LARGEST:.0e} in size", "divide all weights by the same number")

    def _refuse(self, bad: NDArray[np.bool_], rule: str, hint: str) -> None:
        if bad.any():
            reason = f"the weight of an event must {rule} (got {self.weights[bad][0]})"
            raise DataError(reason, ids=[self.users[row] for row in np.unique(self.owners[bad])], hint=hint)

    @cached_property
    def matrix(self) -> Any:
        """The events of each user with each item, added up: float32 CSR of shape (n_users, n_items), columns in order."""
        from scipy.sparse import csr_matrix

        cells = (self.weights.astype(np.float64), self.columns.copy(), self.indptr.copy())  # which are put in order in place
        matrix = csr_matrix(cells, shape=(len(self), len(self.items)))
        matrix.sum_duplicates()
        return matrix.astype(np.float32)

    @cached_property
    def touched(self) -> Any:
        """Which user touched which item, whatever the weights: float32 CSR of ones, shape (n_users, n_items), columns in order."""
        from scipy.sparse import csr_matrix

        cells = (np.ones(len(self.columns), np.float32), self.columns.copy(), self.indptr.copy())  # which are put in order in place
        matrix = csr_matrix(cells, shape=(len(self), len(self.items)))
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix

    @cached_property
    def ratings(self) -> Any:
        """The latest rating of each item by each user: float32 CSR of shape (n_users, n_items), columns in order."""
        from scipy.sparse import csr_matrix

        order = np.lexsort((np.arange(len(self.columns)), self.columns, self.owners))
        owners, columns = self.owners[order], self.columns[order]
        latest = np.ones(len(order), bool)
        latest[:-1] = (owners[1:] != owners[:-1]) | (columns[1:] != columns[:-1])
        cells = (self.weights[order][latest], (owners[latest], columns[latest]))
        return csr_matrix(cells, shape=(len(self), len(self.items)), dtype=np.float32)


def joined(earlier: Interactions, later: Interactions) -> Interactions:
    """Put the events of two logs together; those of the later one come after, where no times tell otherwise."""
    parts = (earlier, later)
    users = [log.users[user] for log in parts for user in log.owners]
    items = [log.items[item] for log in parts for item in log.indices]
    times = [log.times for log in parts if log.times is not None]
    weights = np.concatenate([log.weights for log in parts])
    return Interactions.from_events(users, items, weights, np.concatenate(times) if len(times) == 2 else None)
