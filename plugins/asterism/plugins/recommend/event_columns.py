"""From chunks of raw events to `Interactions`: ids become numbers as they are read, so that ten million events fit into memory.

An event that waits takes 8 bytes, 4 more with a weight and 8 more with a time; the strings of the ids are kept once each.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions

CHUNK = 256
"""Events that are held as Python values at once: few enough to stay in the processor's cache, which halves the time."""
NO_IDS = (bytes, bytearray, list, dict, set)
"""Types of values that are no ids."""

Values: TypeAlias = Sequence[Any]
Where: TypeAlias = Callable[[int], dict[str, Any]]
Anything = TypeVar("Anything")


class Chunk(NamedTuple):
    """Some events, column by column."""

    users: Values
    items: Values
    weights: Values | None
    times: Values | None
    where: Where
    """Tells the place of an event of the chunk, as the arguments of a `DataError`."""


def chunks_of(values: Iterable[Anything], size: int = CHUNK) -> Iterator[list[Anything]]:
    """Cut what is iterated into lists of `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def positions(columns: Sequence[str], wanted: Sequence[str | None], place: str = "") -> list[int | None]:
    """Find the wanted columns among all; None stays None. `DataError` where one is missing or stands twice."""
    for name in wanted:
        if name is None:
            continue
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "name one of these columns"
            raise DataError(f"there is no column '{name}' among {', '.join(columns)}", place=place, hint=hint)
        if columns.count(name) > 1:
            raise DataError(f"two columns are called '{name}'", place=place, hint="give them different names")
    return [None if name is None else columns.index(name) for name in wanted]


def gather(chunks: Iterable[Chunk], nothing: DataError) -> Interactions:
    """Build from chunks that all have weights, or none, and likewise times.

    Raises
    ------
    DataError
        `nothing` where there is no event; else at an id that is missing or none, or a weight or time that is no finite number.
    """
    users, items = _Vocabulary("user"), _Vocabulary("item")
    columns: dict[str, array[Any]] = {"user": array("i"), "item": array("i"), "weight": array("f"), "time": array("d")}
    for chunk in chunks:
        users.code(chunk.users, columns["user"], chunk.where)
        items.code(chunk.items, columns["item"], chunk.where)
        if chunk.weights is not None:
            columns["weight"].frombytes(_weights(chunk.weights, chunk.where).tobytes())
        if chunk.times is not None:
            columns["time"].frombytes(_times(chunk.times, chunk.where).tobytes())
    if not columns["user"]:
        raise nothing
    return _in_order(list(users), list(items), columns)


class _Vocabulary(dict[str, int]):
    """The number of each id, in the order of their first events."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __missing__(self, key: str) -> int:
        self[key] = code = len(self)
        return code

    def code(self, values: Values, codes: "array[Any]", where: Where) -> None:
        kinds = set(map(type, values))
        if kinds - {str, int} or "" in values:  # no loop where all is well
            self._refuse(values, where)
        codes.extend(map(self.__getitem__, values if kinds == {str} else map(str, values)))

    def _refuse(self, values: Values, where: Where) -> None:
        for row, value in enumerate(values):
            if isinstance(value, NO_IDS):
                raise DataError(f"the {self.name} must be text or a number (got {value!r:.40})", **where(row), hint="name another column")
            if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
                raise DataError(f"the {self.name} is empty", **where(row), hint="leave such events out")


def _weights(values: Values, where: Where) -> NDArray[np.float32]:
    exact = _numbers("weight", values, float, where)
    with np.errstate(over="ignore"):  # what overflows is refused in the next lines
        weights = exact.astype(np.float32)
    if len(bad := np.flatnonzero(np.isinf(weights))):
        reason = f"the weight is too large for a 32-bit number (got {values[bad[0]]!r})"
        raise DataError(reason, **where(int(bad[0])), hint="scale the weights")
    return weights


def _times(values: Values, where: Where) -> NDArray[np.float64]:
    return _numbers("time", values, seconds, where)


def _numbers(name: str, values: Values, convert: Callable[[Any], float], where: Where) -> NDArray[np.float64]:
    for way in (float, convert):  # whole columns of plain numbers are the rule, and fast
        try:
            numbers = np.fromiter(map(way, values), np.float64, len(values))
        except (TypeError, ValueError, OverflowError):
            continue
        if np.isfinite(numbers).all():
            return numbers
    row = next(row for row, value in enumerate(values) if not _is_finite(value, convert))
    kind = "a finite number" if convert is float else "a finite number of seconds or an ISO date"
    reason = f"the {name} must be {kind} (got {values[row]!r})"
    raise DataError(reason, **where(row), hint=f"mend it, or name another column for `{name}`")


def _is_finite(value: Any, convert: Callable[[Any], float]) -> bool:
    try:
        return math.isfinite(convert(value))
    except (TypeError, ValueError, OverflowError):
        return False


def seconds(value: Any) -> float:
    """Turn seconds, an ISO date or a `datetime` into seconds since 1970; without a time zone it is UTC. `ValueError` where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_order(users: list[str], items: list[str], columns: dict[str, "array[Any]"]) -> Interactions:
    """Sort by user and time, events at one time in the order of the rows; a column is let go as soon as it is sorted."""
    rows = np.frombuffer(columns.pop("user"), np.int32)
    times = np.frombuffer(columns.pop("time"), np.float64) if columns["time"] else None
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(users)))]).astype(np.int64)
    order = np.argsort(rows, kind="stable") if times is None else np.lexsort((times, rows))
    del rows
    moments = None if times is None else times[order]
    del times
    indices = np.frombuffer(columns.pop("item"), np.int32)[order].astype(np.int64)
    given = columns.pop("weight")
    weights = np.frombuffer(given, np.float32)[order] if given else np.ones(len(indices), np.float32)
    return Interactions(users, items, indptr, indices, weights, moments)
