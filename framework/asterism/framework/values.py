"""The values that flow between stages: matrices, labels, scores, interactions, rankings (records have a module of their own).

All of them keep the user's own string ids. The module needs numpy alone: a CSR matrix is anything that looks like SciPy's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray


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
        rows = np.fromiter((row_of.get(user, -1) for user in users), np.int64, count=len(users))
        starts, lengths = np.append(self.indptr[:-1], 0)[rows], np.append(np.diff(self.indptr), 0)[rows]  # of an unknown user: 0
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        events = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], lengths)
        times = None if self.times is None else self.times[events]
        return type(self)(list(users), self.items, indptr, self.indices[events], self.weights[events], times)

    @property
    def owners(self) -> NDArray[np.int64]:
        """The row of each event's user, shape (n_events,)."""
        return np.repeat(np.arange(len(self.users)), np.diff(self.indptr))

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


@dataclass(frozen=True)
class Reason:
    """One reason why an item is recommended."""

    text: str
    """The reason in words."""
    weight: float
    """How much it counts; reasons of one recommendation can be compared."""
    items: tuple[str, ...] = ()
    """The ids of the items that it speaks of."""


@dataclass(frozen=True, eq=False)
class Joint:
    """What feeds a stage, joined with what other stages gave for the same records: what a component with `beside` is given.

    ``joint["vectors"]`` is one of the others, ``joint[rows]`` the joint of some rows.
    """

    main: Any
    """What feeds the stage: labels, ..."""
    others: Mapping[str, Any]
    """The others by name; those with a shape have a row per record."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what feeds the stage."""
        return tuple(self.main.shape)

    def __len__(self) -> int:
        return n_rows(self.main)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.others[key]
        return Joint(self.main[key], {name: other[key] if hasattr(other, "shape") else other for name, other in self.others.items()})


def is_sparse(matrix: Matrix) -> bool:
    """Tell a CSR matrix from an array."""
    return hasattr(matrix, "indptr")


def rows_not_finite(matrix: Matrix) -> list[int]:
    """List the rows of a matrix (or scores) that hold NaN or infinity."""
    if not is_sparse(matrix):
        values = np.asarray(matrix)
        with np.errstate(invalid="ignore", over="ignore"):  # what the sum meets is what is looked for
            if np.isfinite(values.sum()):  # one pass without a copy; where only the sum is too large, every value is looked at
                return []
        return [int(row) for row in np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))]
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    return [int(row) for row in np.unique(np.searchsorted(matrix.indptr, bad, side="right") - 1)]


def rows_with_negatives(matrix: Matrix) -> list[int]:
    """List the rows of a matrix that hold a negative value."""
    values = matrix.data if is_sparse(matrix) else np.asarray(matrix)
    if not values.size or values.min() >= 0:
        return []
    if not is_sparse(matrix):
        return [int(row) for row in np.flatnonzero((values < 0).any(axis=1))]
    owners = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return [int(row) for row in np.unique(owners[values < 0])]


def n_rows(value: Any) -> int:
    """Count the rows of a matrix, labels or scores; the items of anything else."""
    return int(value.shape[0]) if hasattr(value, "shape") else len(value)


def without_rows(value: Any, rows: Sequence[int]) -> Any:
    """Return a matrix, labels, scores or ranking without some of its rows; what has no rows comes back itself."""
    if isinstance(value, Ranking):
        return Ranking(np.delete(value.rows, rows, axis=0), np.delete(value.scores, rows, axis=0), value.items)
    if not is_sparse(value) and not isinstance(value, np.ndarray):
        return value
    keep = np.ones(value.shape[0], bool)
    keep[list(rows)] = False
    return value[keep]


def with_empty_rows(matrix: Matrix, rows: Sequence[int]) -> Matrix:
    """Return the rows of a matrix at `rows`, and a row of zeros for -1."""
    found = np.asarray(rows, np.int64)
    taken = matrix[np.maximum(found, 0)]
    if not is_sparse(matrix):
        taken[found < 0] = 0
        return taken
    keep = np.repeat(found >= 0, np.diff(taken.indptr))
    lengths = np.where(found >= 0, np.diff(taken.indptr), 0)
    return type(matrix)((taken.data[keep], taken.indices[keep], np.concatenate([[0], np.cumsum(lengths)])), shape=taken.shape)


def _vocabulary(names: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    index: dict[str, int] = {}
    codes = np.fromiter((index.setdefault(str(name), len(index)) for name in names), np.int64, count=len(names))
    return list(index), codes
