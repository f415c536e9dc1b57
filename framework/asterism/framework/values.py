"""The values that flow between stages: records, matrices, labels, scores, interactions, rankings.

All of them keep the user's own string ids. The module needs numpy alone: a CSR matrix is anything that looks like SciPy's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeAlias, TypeVar, cast, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .errors import DataError, shorten

Item = TypeVar("Item")


@runtime_checkable
class CSR(Protocol):
    """A compressed sparse row matrix, as `scipy.sparse.csr_matrix` and `csr_array` are."""

    data: NDArray[Any]
    indices: NDArray[Any]
    indptr: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int]: ...  # noqa: D102  # SciPy's own

    def toarray(self) -> NDArray[Any]: ...  # noqa: D102  # SciPy's own


Matrix: TypeAlias = Any
"""float32 ndarray or CSR matrix of shape (n_records, n_features). (`Any` to type checkers: SciPy's stubs are optional.)"""
Labels: TypeAlias = NDArray[np.int64]
"""One group number per record, shape (n_records,); -1 belongs to no group."""
Scores: TypeAlias = NDArray[np.float64]
"""One number per record, shape (n_records,); higher is more unusual."""


class Entry(NamedTuple):
    """One record before it is decoded."""

    id: str
    content: Any
    """What the decoder turns into an item: a path, a line, an array, or the item itself."""
    target: str | None = None
    """The known class of the record, where there is one; only ever used to score."""


def _content(entry: Entry) -> Any:
    return entry.content


class Records(Sequence[Item], Generic[Item]):
    """A lazy, re-iterable sequence of items with ids: an item is decoded when it is reached, and not kept.

    Parameters
    ----------
    entries
        A re-iterable of `Entry`: a list, or an object that reads a file anew at each iteration.
    decode
        Turns an entry into an item; by default the entry's content is the item. It raises `DataError` where it cannot.
    modality
        Name of the modality that read the records (``text``, ``image``, ...).
    """

    def __init__(self, entries: Iterable[Entry], decode: Callable[[Entry], Item] = _content, *, modality: str = "") -> None:
        self.entries, self.decode, self.modality = entries, decode, modality
        self._ids: list[str] | None = None
        self._targets: list[str] | None = None
        self._watch: Callable[[int], None] | None = None
        self._watch_every = 1

    @classmethod
    def of(
        cls, items: Iterable[Item], *, ids: Iterable[str] | None = None, targets: Iterable[str] | None = None, modality: str = ""
    ) -> Self:
        """Wrap items that a host already has; ids default to ``0, 1, 2, ...``."""
        items = list(items)
        names = [str(i) for i in range(len(items))] if ids is None else [str(i) for i in ids]
        classes: list[str | None] = [None] * len(items) if targets is None else [str(t) for t in targets]
        if not len(items) == len(names) == len(classes):
            raise DataError(f"items, ids and targets must have one length (got {len(items)}, {len(names)}, {len(classes)})")
        return cls([Entry(*entry) for entry in zip(names, items, classes, strict=True)], modality=modality)

    @property
    def ids(self) -> list[str]:
        """The ids in order, all different; `DataError` where two records share one."""
        if self._ids is None:
            self._read_index()
        return cast("list[str]", self._ids)

    @property
    def targets(self) -> list[str] | None:
        """The classes in order, or None where the source has none."""
        if self._ids is None:
            self._read_index()
        return self._targets

    def _read_index(self) -> None:
        pairs = [(entry.id, entry.target) for entry in self.entries]
        ids = [identity for identity, _ in pairs]
        _refuse_duplicates(ids)
        targets = [target for _, target in pairs if target is not None]
        self._targets = targets if targets and len(targets) == len(ids) else None
        self._ids = ids

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Item]:
        done = 0
        for done, entry in enumerate(self.entries, 1):
            yield self._item(entry)
            if self._watch and done % self._watch_every == 0:
                self._watch(done)
        if self._watch and done % self._watch_every:
            self._watch(done)

    def _item(self, entry: Entry) -> Item:
        try:
            return self.decode(entry)
        except DataError as error:
            error.ids = error.ids or (entry.id,)
            raise

    @overload
    def __getitem__(self, row: int) -> Item: ...
    @overload
    def __getitem__(self, row: slice) -> "Records[Item]": ...
    def __getitem__(self, row: int | slice) -> "Item | Records[Item]":
        if isinstance(row, slice):
            return self.take(range(*row.indices(len(self))))
        return next(iter(self.take([range(len(self))[row]])))

    def take(self, rows: Iterable[int]) -> "Records[Item]":
        """Return the records at `rows`, in that order; the source is read once, the items are still lazy."""
        wanted = list(rows)
        if isinstance(self.entries, Sequence):
            return Records([self.entries[row] for row in wanted], self.decode, modality=self.modality)
        keep = set(wanted)
        found = {row: entry for row, entry in enumerate(islice(self.entries, max(keep, default=-1) + 1)) if row in keep}
        return Records([found[row] for row in wanted], self.decode, modality=self.modality)

    def batches(self, size: int) -> Iterator[list[Item]]:
        """Yield the items in lists of `size`, the last one shorter."""
        items = iter(self)
        while batch := list(islice(items, size)):
            yield batch

    def watched(self, watch: Callable[[int], None], every: int = 64) -> "Records[Item]":
        """Return the same records; each iteration calls ``watch(done)`` after every `every` items and at the end."""
        view = Records(self.entries, self.decode, modality=self.modality)
        view._ids, view._targets = self._ids, self._targets
        view._watch, view._watch_every = watch, every
        return view


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who touched what: one history per user, as the rows of a CSR matrix of users x items, events in time order.

    An item that a user touched twice stands twice in the row; whoever needs one cell per pair sums them.
    """

    users: list[str]
    """User ids, one per row; all different."""
    items: list[str]
    """Item ids, one per column; all different."""
    indptr: NDArray[np.int64]
    """Events of user ``u`` are ``indptr[u]:indptr[u + 1]``; shape (n_users + 1,)."""
    indices: NDArray[np.int64]
    """Column of each event; shape (n_events,)."""
    weights: NDArray[np.float32]
    """Strength of each event: a rating, a count, or 1; shape (n_events,)."""
    times: NDArray[np.float64] | None = None
    """Seconds since 1970 of each event, where known; shape (n_events,)."""

    @classmethod
    def from_events(
        cls,
        users: Sequence[str],
        items: Sequence[str],
        weights: Sequence[float] | NDArray[Any] | None = None,
        times: Sequence[float] | NDArray[Any] | None = None,
    ) -> Self:
        """Build from one user, item (weight, time) per event; without times the given order is the order in time."""
        user_names, rows = _vocabulary(users)
        item_names, columns = _vocabulary(items)
        strengths = np.ones(len(rows), np.float32) if weights is None else np.asarray(weights, np.float32)
        moments = None if times is None else np.asarray(times, np.float64)
        order = np.argsort(rows, kind="stable") if moments is None else np.lexsort((moments, rows))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(user_names)))]).astype(np.int64)
        return cls(user_names, item_names, indptr, columns[order], strengths[order], None if moments is None else moments[order])

    @classmethod
    def from_histories(cls, histories: Mapping[str, Iterable[str]]) -> Self:
        """Build from a mapping of user id to the item ids in order, as a host would ask for one visitor."""
        pairs = [(user, item) for user, history in histories.items() for item in history]
        built = cls.from_events([user for user, _ in pairs], [item for _, item in pairs])
        return built if len(built.users) == len(histories) else built.for_users(list(histories))

    def for_users(self, users: Sequence[str]) -> Self:
        """Return the histories of `users` in that order; a user who is not among ours has an empty one."""
        row_of = {user: row for row, user in enumerate(self.users)}
        spans = [slice(self.indptr[row_of[u]], self.indptr[row_of[u] + 1]) if u in row_of else slice(0, 0) for u in users]
        events = np.concatenate([np.arange(s.start, s.stop) for s in spans] or [np.arange(0)]).astype(np.int64)
        indptr = np.concatenate([[0], np.cumsum([s.stop - s.start for s in spans])]).astype(np.int64)
        times = None if self.times is None else self.times[events]
        return type(self)(list(users), self.items, indptr, self.indices[events], self.weights[events], times)

    @property
    def ids(self) -> list[str]:
        """The user ids: a user is the record."""
        return self.users

    @property
    def targets(self) -> None:
        """Users have no class."""
        return None

    @property
    def modality(self) -> str:
        """Name of the modality."""
        return "interactions"

    def __len__(self) -> int:
        return len(self.users)

    def __getitem__(self, row: int) -> list[str]:
        return [self.items[column] for column in self.indices[self.indptr[row] : self.indptr[row + 1]]]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best items for each history, best first."""

    rows: NDArray[np.int64]
    """Positions in `items`, shape (n_histories, n); -1 fills up where fewer were found."""
    scores: NDArray[np.float32]
    """Score of each, same shape, not increasing along a row; 0 where `rows` is -1."""
    items: list[str]
    """The item ids that `rows` points into."""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> list[str]:
        return [self.items[column] for column in self.rows[row] if column >= 0]


def is_sparse(matrix: Matrix) -> bool:
    """Tell a CSR matrix from an array."""
    return hasattr(matrix, "indptr")


def rows_not_finite(matrix: Matrix) -> list[int]:
    """List the rows of a matrix (or scores) that hold NaN or infinity."""
    if not is_sparse(matrix):
        values = np.asarray(matrix)
        with np.errstate(invalid="ignore", over="ignore"):  # what the sum meets is what is looked for
            if np.isfinite(values.sum(dtype=np.float64)):  # one pass without a copy; a sum of finite float32 cannot overflow float64
                return []
        return [int(row) for row in np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))]
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    return [int(row) for row in np.unique(np.searchsorted(matrix.indptr, bad, side="right") - 1)]


def _vocabulary(names: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    index: dict[str, int] = {}
    codes = np.fromiter((index.setdefault(str(name), len(index)) for name in names), np.int64, count=len(names))
    return list(index), codes


def _refuse_duplicates(ids: Sequence[str]) -> None:
    if len(set(ids)) == len(ids):
        return
    twice = [identity for identity, count in Counter(ids).items() if count > 1]
    raise DataError(f"ids must be unique; these stand more than once: {shorten(twice)}", hint="name another id column, or leave it out")
