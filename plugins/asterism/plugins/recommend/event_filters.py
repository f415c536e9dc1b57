"""Which events are kept: from when on, of what weight, of repeated ones the first or last, of users and items with enough of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, report_problem

from .event_columns import seconds

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class EventFilters:
    """Keeps events by time, then by weight, then of repeated ones one, then those of users and items with enough events left.

    All that is left out is reported as expected. Users and items of whom no event is left go as well; users who came with none
    stay, unless `min_user_events` is above 1.
    """

    since: str | float | None = None
    """First moment that is kept, in seconds since 1970 or as an ISO date; the others are earlier."""
    until: str | float | None = None
    """First moment that is not kept any more."""
    min_weight: float | None = None
    """The least weight that is kept."""
    duplicates: Literal["keep", "first", "last"] = "keep"
    """Which of the events of one user with one item are kept: all, or the first or the last in time."""
    min_user_events: int = 1
    """Events that each user has at least, among the items that are kept."""
    min_item_events: int = 1
    """Events that each item has at least, among the users who are kept."""

    def apply(self, data: Interactions, place: str = "") -> Interactions:
        """Return what is kept: `data` itself where that is all of it. `DataError` where nothing is left, or a filter needs times."""
        kept = np.ones(len(data.indices), bool)
        for name, out, what in self._by_event(data):
            kept = self._without(kept, out, name, what, place)
        if self.duplicates != "keep":
            repeated = _repeated(data, kept, self.duplicates)
            kept = self._without(kept, repeated, "duplicates", f"besides the {self.duplicates} of a user with an item", place)
        core = self._core(data, kept, place)
        return _with(data, core, self.min_user_events == 1) if not core.all() or self.min_user_events > 1 else data

    def _by_event(self, data: Interactions) -> Iterator[tuple[str, Mask, str]]:
        if self.since is not None:
            yield "since", _times(data, "since") < _moment("since", self.since), f"before {_shown(self.since)}"
        if self.until is not None:
            yield "until", _times(data, "until") >= _moment("until", self.until), f"at or after {_shown(self.until)}"
        if self.min_weight is not None:
            yield "min_weight", data.weights < self.min_weight, f"of a weight below {self.min_weight:g}"

    def _without(self, kept: Mask, out: Mask, name: str, what: str, place: str) -> Mask:
        left = kept & ~out
        if gone := int(kept.sum() - left.sum()):
            if not left.any():
                raise DataError(
                    f"no event is left: {_counted(gone, 'event')} {what}", place=place, hint=f"change `{name}`, or leave it out"
                )
            report_problem(f"left out: {_counted(gone, 'event')} {what}", count=gone, expected=True)
        return left

    def _core(self, data: Interactions, kept: Mask, place: str) -> Mask:
        """Leave out users and items with too few events, in turn, until all that are left have enough (Seidman 1983: the k-core)."""
        if self.min_user_events == self.min_item_events == 1:
            return kept
        users, core = _users(data), kept
        while True:
            enough = core & _has(users, core, self.min_user_events)
            enough &= _has(data.indices, enough, self.min_item_events)
            if (enough == core).all():
                break
            core = enough
        settings = f"min_user_events is {self.min_user_events}, min_item_events is {self.min_item_events}"
        if not core.any():
            hint = "lower `min_user_events` or `min_item_events`"
            raise DataError(f"no event is left: {settings}, and no users and items have as many together", place=place, hint=hint)
        if gone := int(kept.sum() - core.sum()):
            fewer = [len(np.unique(codes[kept])) - len(np.unique(codes[core])) for codes in (users, data.indices)]
            what = f"{_counted(fewer[0], 'user')}, {_counted(fewer[1], 'item')}, {_counted(gone, 'event')}"
            report_problem(f"left out: {what} ({settings})", count=gone, expected=True)
        return core


def report_similar(name: str, ids: Sequence[str]) -> None:
    """Tell how many ids differ from another one in blanks or case alone, with an example; they are kept apart."""
    hashes = np.fromiter((hash(_folded(each)) for each in ids), np.int64, len(ids))  # 8 bytes per id, not a string
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(np.diff(hashes[order]) == 0)
    suspects = sorted((_folded(ids[row]), row) for row in np.unique(order[np.concatenate([same, same + 1])]))
    groups = [[ids[row] for _, row in group] for _, group in groupby(suspects, lambda suspect: suspect[0])]
    similar = [group for group in groups if len(group) > 1]
    if count := sum(map(len, similar)):
        first, second, *_ = similar[0]
        message = f"{count} {name}s differ from another one in blanks or case alone, such as {first!r} and {second!r}; they are kept apart"
        report_problem(message, count=count, expected=True)  # nothing is lost, so `strict` lets it pass


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _moment(name: str, value: str | float) -> float:
    try:
        return seconds(value)
    except (ValueError, OverflowError) as error:
        raise DataError(f"`{name}` must be seconds since 1970 or an ISO date (got {value!r})", hint="such as 2024-12-31") from error


def _shown(moment: str | float) -> str:
    return moment if isinstance(moment, str) else f"{moment:.15g}"


def _times(data: Interactions, name: str) -> NDArray[np.float64]:
    if data.times is None:
        raise DataError(f"the events have no times, which `{name}` needs", hint=f"name their column with `time`, or leave `{name}` out")
    return data.times


def _users(data: Interactions) -> NDArray[np.int32]:
    return np.repeat(np.arange(len(data.users), dtype=np.int32), np.diff(data.indptr))


def _has(codes: NDArray[Any], kept: Mask, least: int) -> Mask:
    """Tell of each event whether what it is coded with has at least so many of the kept ones."""
    counts = np.bincount(codes[kept], minlength=int(codes.max(initial=-1)) + 1)
    return np.asarray((counts >= least)[codes])


def _repeated(data: Interactions, kept: Mask, which: str) -> Mask:
    """Mark the kept events of a user with an item except the first or last in time."""
    pairs = np.repeat(np.arange(len(data.users), dtype=np.int64) * len(data.items), np.diff(data.indptr))
    pairs += data.indices
    pairs[~kept] = -1  # no pair; whatever is marked of these is left out already
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    same = pairs[1:] == pairs[:-1]
    out = np.zeros(len(order), bool)
    out[(order[1:] if which == "first" else order[:-1])[same]] = True
    return out


def _with(data: Interactions, kept: Mask, empty_users: bool) -> Interactions:
    """Return the kept events; users and items that lost all of theirs go, and users who came with none stay with `empty_users`."""
    counts = np.bincount(_users(data)[kept], minlength=len(data.users))
    stay = (counts > 0) | ((np.diff(data.indptr) == 0) & empty_users)
    indices = data.indices[kept]
    had = np.bincount(data.indices, minlength=len(data.items)) > 0
    has = np.bincount(indices, minlength=len(data.items)) > 0
    columns = np.flatnonzero(has | ~had)
    code = np.zeros(len(data.items), np.int64)
    code[columns] = np.arange(len(columns))
    return replace(
        data,
        users=[data.users[row] for row in np.flatnonzero(stay)],
        items=[data.items[column] for column in columns],
        indptr=np.concatenate([[0], np.cumsum(counts[stay])]).astype(np.int64),
        indices=code[indices],
        weights=data.weights[kept],
        times=None if data.times is None else data.times[kept],
    )
