"""Frequent itemsets: which items stand together in many baskets, and in how many."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

LIMIT = 2_000_000
"""Itemsets that are found at most: their arrays take a few hundred MB then."""

Which = Literal["all", "closed", "maximal"]


@dataclass(frozen=True, eq=False)
class Itemsets:
    """Itemsets by size, those of one size by their items, the first ones counting most; each set's items in rising order."""

    starts: NDArray[np.int64]
    """Items of set ``s`` are ``items[starts[s]:starts[s + 1]]``; shape (n_sets + 1,)."""
    items: NDArray[np.int32]
    """The items of all sets, shape (n_places,)."""
    counts: NDArray[np.int64]
    """In how many baskets each set lies, shape (n_sets,)."""
    n_baskets: int
    """How many baskets there are."""

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, one: int) -> tuple[int, ...]:
        return tuple(self.items[self.starts[one] : self.starts[one + 1]].tolist())

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return map(self.__getitem__, range(len(self)))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many items each set has, shape (n_sets,)."""
        return np.diff(self.starts)

    @property
    def supports(self) -> NDArray[np.float64]:
        """The share of the baskets that each set lies in, shape (n_sets,)."""
        return self.counts / max(self.n_baskets, 1)


def frequent_itemsets(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    n_items: int,
    min_count: int,
    max_length: int | None = None,
    limit: int = LIMIT,
) -> Itemsets:
    """Find every set of items, of at most `max_length`, that lies in `min_count` baskets or more (Eclat; Zaki, IEEE TKDE 12, 2000).

    Items of basket ``b`` are ``indices[indptr[b]:indptr[b + 1]]``, numbers from 0 to `n_items` - 1; what stands in a basket twice counts
    once. Raises `DataError` where there are more than `limit` sets.
    """
    from . import itemset_rounds as rounds

    if min_count < 1:
        raise DataError(f"an itemset needs a basket or more to be frequent (got min_count={min_count})", hint="set it to 1 or more")
    baskets = np.ascontiguousarray(indptr, np.int64), np.ascontiguousarray(indices, np.int32)
    counts = rounds.count_items(*baskets, n_items)
    frequent = np.flatnonzero(counts >= min_count)
    order = np.argsort(counts[frequent], kind="stable")  # rare ones first: their many partners then share few baskets
    ranks = np.full(n_items, -1, np.int32)
    ranks[frequent[order]] = np.arange(len(frequent))
    cells = rounds.both_ways(*baskets, ranks, counts[frequent[order]])
    longest = len(frequent) + 1 if max_length is None else max_length
    found, starts, members, its_counts = rounds.eclat(cells, min_count, longest, limit)
    if found > limit:
        raise too_many(found, limit)
    return _in_order(starts, order.astype(np.int32)[members], its_counts, frequent.astype(np.int32), len(indptr) - 1)


def _in_order(
    starts: NDArray[np.int64], places: NDArray[np.int32], counts: NDArray[np.int64], names: NDArray[np.int32], n_baskets: int
) -> Itemsets:
    """Sort items within sets and sets among each other; `places` point into `names`, which rise."""
    from . import itemset_rounds as rounds

    rounds.order_within(starts, places)
    order = rounds.canonical_order(starts, places, len(names))
    starts, places = rounds.arranged(starts, places, order)
    return Itemsets(starts, names[places], counts[order], n_baskets)


def too_many(found: int, limit: int) -> DataError:
    """Make the error of a search that finds no end."""
    hint = "raise min_support, or lower max_length"
    return DataError(f"more than {limit:,} itemsets are frequent (found {found:,} before stopping)", hint=hint)


def chosen(itemsets: Itemsets, which: Which) -> NDArray[np.bool_]:
    """Tell which sets are closed (in no larger set of the same count) or maximal (in no larger frequent set), shape (n_sets,).

    Only the sets found are looked at: where their length was bounded, the longest ones are closed and maximal.
    """
    from . import itemset_rounds as rounds

    if which == "all":
        return np.ones(len(itemsets), bool)
    arrays = itemsets.starts, itemsets.items
    inside: NDArray[np.bool_] = rounds.absorbed(*arrays, itemsets.counts, *rounds.index_sets(*arrays), which == "closed")
    return ~inside


def candidates(level: NDArray[np.int32], limit: int = 4 * LIMIT) -> NDArray[np.int32]:
    """Return the sets of one more item whose every part is among `level`, the frequent sets of one size, shape (n_sets, size), in order.

    Raises `DataError` where there are more than `limit` of them.
    """
    from . import itemset_rounds as rounds

    starts = np.arange(len(level) + 1, dtype=np.int64) * level.shape[1]
    index = rounds.index_sets(starts, level.ravel())
    found = rounds.join(level, *index, np.zeros((0, level.shape[1] + 1), np.int32))
    if found > limit:
        reason = f"more than {limit:,} itemsets of {level.shape[1] + 1} items would have to be counted (got {found:,})"
        raise DataError(reason, hint="raise min_support, or lower max_length, or fit on all data at once")
    joined = np.empty((found, level.shape[1] + 1), np.int32)
    rounds.join(level, *index, joined)
    return joined


def with_level(itemsets: Itemsets, level: NDArray[np.int32], counts: NDArray[np.int64], limit: int = LIMIT) -> Itemsets:
    """Return the sets with longer ones added, shape (n_more, size), in order; `DataError` where there are more than `limit` then."""
    if len(itemsets) + len(level) > limit:
        raise too_many(len(itemsets) + len(level), limit)
    ends = itemsets.starts[-1] + np.arange(1, len(level) + 1) * level.shape[1]
    starts = np.concatenate([itemsets.starts, ends])
    items = np.concatenate([itemsets.items, level.ravel().astype(np.int32)])
    return Itemsets(starts, items, np.concatenate([itemsets.counts, counts]), itemsets.n_baskets)


def lists_of(starts: NDArray[np.int64], items: NDArray[np.int32], sets: NDArray[Any], names: list[str]) -> list[list[str]]:
    """Spell out the items of some sets by name."""
    flat, ends = items.tolist(), starts.tolist()
    return [[names[item] for item in flat[ends[one] : ends[one + 1]]] for one in sets.tolist()]
