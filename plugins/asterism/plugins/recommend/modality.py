"""The modality `interactions`: logs of who touched what, from tables, baskets and sequences."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from asterism.framework import DataError, Interactions, Modality, report_problem
from asterism.plugins.sources import TableFormat, format_of, need_file, open_table

PREVIEW_ITEMS = 10
SHAPES = "pass (user, item), (user, item, weight) or (user, item, weight, time), all of one shape"

Values: TypeAlias = tuple[Any, ...]
Where: TypeAlias = Callable[[int], dict[str, Any]]


class InteractionLog(Modality[list[str]]):
    """Who touched what: one event per row of a table, or one basket or one user's history per line.

    Gives `Interactions`; a record is a user, an item of it is the list of what the user touched, in time order. Times are seconds
    since 1970; dates without a time zone are taken as UTC. A host may pass `Interactions`, a mapping of user to items, or a
    sequence of (user, item), (user, item, weight) or (user, item, weight, time).

    Raises `DataError` where the source is missing or empty, a column is missing, or a weight or time is no number.
    """

    gives = "interactions"
    modality = "interactions"

    format: Literal["auto", "csv", "tsv", "jsonl", "parquet", "baskets", "sequences"] = "auto"
    """What the file is; "auto" goes by the ending. "baskets": items on each line; "sequences": a user and then items on each line."""
    user: str = "user"
    """Column that holds the user ids."""
    item: str = "item"
    """Column that holds the item ids."""
    weight: str | None = None
    """Column that holds the strength of an event, such as a rating; left out, each counts 1."""
    time: str | None = None
    """Column that holds the time of an event, in seconds or as an ISO date; left out, the order of the rows is the order in time."""
    separator: str | None = None
    """What stands between the items of a line; left out, a comma in baskets and white space in sequences."""
    names: tuple[str, ...] | None = None
    """Names of the columns of a CSV or TSV file that has no header line."""
    encoding: str = "auto"
    """Codec of the file, such as cp1252 or gb18030; "auto" goes by the byte order mark, else it is UTF-8."""

    def read(self, source: Any) -> Interactions:
        if isinstance(source, Interactions):
            return source
        if isinstance(source, Mapping):
            return _from_mapping(source)
        if not isinstance(source, str | Path):
            return _from_tuples(source)
        if self.format in ("baskets", "sequences"):
            self._refuse(source, "weight", "time", "names")
            return self._from_lines(source)
        self._refuse(source, "separator")
        return self._from_table(source)

    def preview(self, item: Sequence[str]) -> str:
        more = f" and {len(item) - PREVIEW_ITEMS} more" if len(item) > PREVIEW_ITEMS else ""
        return ", ".join(item[:PREVIEW_ITEMS]) + more

    def write(self, items: Sequence[Sequence[str]], folder: Path) -> list[Path]:
        """Write histories as a CSV file with the columns ``user`` and ``item``, users numbered, which a plain `InteractionLog` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "interactions.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["user", "item"])
            writer.writerows((user, item) for user, history in enumerate(items) for item in history)
        return [path]

    def _refuse(self, source: str | Path, *names: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                hint = f"leave `{name}` out, or declare another `format`"
                raise DataError(f"read as {self.format}, which has no use for `{name}`", place=str(source), hint=hint)

    def _from_table(self, source: str | Path) -> Interactions:
        if self.format == "auto" and format_of(source) == "lines":
            need_file(source)
            hint = "declare `format`: baskets, sequences, csv, tsv, jsonl or parquet"
            raise DataError("the ending does not tell how the lines are to be read", place=str(source), hint=hint)
        chosen = cast(TableFormat, self.format)  # "auto" is fine as well
        table = open_table(source, chosen, names=self.names, encoding=self.encoding)
        rows = list(table.rows([self.user, self.item, self.weight, self.time]))
        if not rows:
            raise DataError("there is not one row in it", place=str(source), hint="name another source")
        users, items, weights, times = zip(*(values for _, values in rows), strict=True)
        given = (weights if self.weight else None, times if self.time else None)
        return _events(users, items, *given, lambda row: {"place": table.place(rows[row][0])})

    def _from_lines(self, source: str | Path) -> Interactions:
        users: list[str] = []
        items: list[str] = []
        without = 0
        for number, (_, (line,)) in enumerate(open_table(source, "lines", encoding=self.encoding).rows(["line"])):
            user, history = self._history(number, line)
            users += [user] * len(history)
            items += history
            without += not history
        if not items:
            raise DataError("there is not one item in it", place=str(source), hint="name another source, or another `separator`")
        if without:
            report_problem(f"{without} lines without an item were left out", count=without)
        return Interactions.from_events(users, items)

    def _history(self, number: int, line: str) -> tuple[str, list[str]]:
        separator = "," if self.separator is None and self.format == "baskets" else self.separator
        names = [name.strip() for name in line.split(separator)]
        user = str(number) if self.format == "baskets" else names.pop(0)
        return user, [name for name in names if name]


def _from_mapping(histories: Mapping[Any, Any]) -> Interactions:
    for user, history in histories.items():
        if isinstance(history, str) or not isinstance(history, Iterable):
            raise DataError(f"a list of items is needed, this is {history!r:.40}", ids=[str(user)], hint="pass a mapping of user to items")
    return Interactions.from_histories({str(user): [str(item) for item in history] for user, history in histories.items()})


def _from_tuples(source: Any) -> Interactions:
    events = list(source) if isinstance(source, Iterable) else [source]
    if not events:
        raise DataError("there is not one event", hint=SHAPES)
    width = len(events[0]) if isinstance(events[0], tuple | list) else 0
    if bad := [
        row for row, event in enumerate(events) if not isinstance(event, tuple | list) or len(event) != width or not 2 <= width <= 4
    ]:
        raise DataError(f"an event is not of this shape: {events[bad[0]]!r:.40}", rows=bad, hint=SHAPES)
    users, items, *more = zip(*events, strict=True)
    weights, times = [*more, None, None][:2]
    return _events(users, items, weights, times, lambda row: {"rows": [row]})


def _events(users: Values, items: Values, weights: Values | None, times: Values | None, where: Where) -> Interactions:
    """Build from columns of raw values; `where` tells the place of a row for a message."""
    for name, values in (("user", users), ("item", items)):
        for nothing in ("", None):
            if nothing in values:
                raise DataError(f"the {name} is empty", **where(values.index(nothing)), hint="leave such events out")
    return Interactions.from_events(
        users,
        items,
        None if weights is None else _numbers("weight", weights, float, where),
        None if times is None else _numbers("time", times, _seconds, where),
    )


def _numbers(name: str, values: Values, convert: Callable[[Any], float], where: Where) -> list[float]:
    numbers = []
    for row, value in enumerate(values):
        try:
            number = convert(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            kind = "a finite number" if convert is float else "a finite number of seconds or an ISO date"
            raise DataError(
                f"the {name} must be {kind} (got {value!r})", **where(row), hint=f"mend it, or name another column for `{name}`"
            )
        numbers.append(number)
    return numbers


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        moment = datetime.fromisoformat(str(value))  # dates and times from Parquet are written in this form
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
