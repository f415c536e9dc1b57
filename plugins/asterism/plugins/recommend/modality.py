"""The modality `interactions`: logs of who touched what, from tables, baskets, sequences, databases and host programs."""

import csv
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import numpy as np
from annotated_types import Ge

from asterism.framework import DataError, Interactions, Modality
from asterism.plugins.sources import TableFormat, format_of, need_file, open_table

from .databases import hidden, is_url, read_database
from .event_filters import EventFilters, report_similar
from .event_tables import read_lines, read_table
from .host_events import is_frame, read_frame, read_host

PREVIEW_ITEMS = 10
ANOTHER = "declare another `format`"
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that are escaped where an id is shown: controls, ends of lines, turns of direction, halves of characters."""


class InteractionLog(Modality[list[str]]):
    """Who touched what: one event per row of a table or of a database, or one basket or one user's history per line.

    Gives `Interactions`; a record is a user, an item of it is the list of what the user touched, in time order, events at one time
    in the order of the rows. Ids are the user's strings as they are. Times are seconds since 1970; dates without a time zone are UTC.

    The source is a file, the URL of a database that SQLAlchemy speaks to, such as ``sqlite:///shop.db``
    (``pip install 'asterism[sql]'``; a relative path in it starts where the program was started), or what a host has: `Interactions`,
    a mapping of user to items, a sequence of (user, item), (user, item, weight) or (user, item, weight, time), a data frame of
    pandas or Polars, an Arrow table, or a sparse matrix of users x items, whose ids are the numbers of rows and columns. A URL is
    kept with the run as it is: give a password to the driver in its own way, such as the variable PGPASSWORD.

    Events are kept or left out in this order: `since` and `until`; `min_weight`; `duplicates`; `min_user_events` and
    `min_item_events`. Then `feedback` sets their weights. What is left out is reported, and so are ids that differ in blanks or case alone.

    Raises `DataError` where the source is missing or empty, a table or column is missing, an id is empty, a weight or time is no
    number, a database fails, or no event is left.
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

    table: str | None = None
    """Table of a database to read; a view or ``schema.table`` will do."""
    query: str | None = None
    """SELECT to read instead of a table; it is run as it is, and never committed."""
    since: str | float | None = None
    """First moment that is kept, in seconds or as an ISO date; events before it are left out."""
    until: str | float | None = None
    """First moment that is kept no more: this one and later ones are left out."""
    min_weight: float | None = None
    """Least weight that is kept, such as 4 of 5 stars."""
    duplicates: Literal["keep", "first", "last"] = "keep"
    """Which events of one user with one item are kept: all, or the first or the last in time."""
    min_user_events: Annotated[int, Ge(1)] = 1
    """Events that a user must have; with `min_item_events` applied in turn until all that are left have enough."""
    min_item_events: Annotated[int, Ge(1)] = 1
    """Events that an item must have."""
    feedback: Literal["explicit", "implicit"] = "explicit"
    """Whether weights are opinions, which are kept, or every event that is kept counts 1."""

    def read(self, source: Any) -> Interactions:
        if isinstance(source, Interactions):
            return self._kept(source, "")
        data = self._read(source)
        kept = self._kept(data, hidden(str(source)) if isinstance(source, str | Path) else "")
        report_similar("user", kept.users)
        report_similar("item", kept.items)
        return kept

    def preview(self, item: Sequence[str]) -> str:
        shown = [UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), name) for name in item[:PREVIEW_ITEMS]]
        return ", ".join(shown) + (f" and {len(item) - PREVIEW_ITEMS} more" if len(item) > PREVIEW_ITEMS else "")

    def write(self, items: Sequence[Sequence[str]], folder: Path) -> list[Path]:
        """Write histories as a CSV file with the columns ``user`` and ``item``, users numbered, which a plain `InteractionLog` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "interactions.csv"
        # Half of a surrogate pair has no UTF-8; its escape stands for it.
        with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            writer = csv.writer(stream)
            writer.writerow(["user", "item"])
            writer.writerows((user, item) for user, history in enumerate(items) for item in history)
        return [path]

    def _read(self, source: Any) -> Interactions:
        if is_url(source):
            self._refuse(hidden(source), "a database", "name a file", "names", "separator")
            return read_database(source, self.table, self.query, self._columns(hidden(source)))
        if isinstance(source, str | Path):
            self._refuse(str(source), "a file", "name a database", "table", "query")
            return self._read_lines(source) if self.format in ("baskets", "sequences") else self._read_table(source)
        return read_frame(source, self._columns("")) if is_frame(source) else read_host(source)

    def _read_lines(self, source: str | Path) -> Interactions:
        self._refuse(str(source), self.format, ANOTHER, "weight", "time", "names", "min_weight", "since", "until")
        separator = "," if self.separator is None and self.format == "baskets" else self.separator
        return read_lines(open_table(source, "lines", encoding=self.encoding), separator, self.format == "sequences")

    def _read_table(self, source: str | Path) -> Interactions:
        self._refuse(str(source), self.format, ANOTHER, "separator")
        if self.format == "auto" and format_of(source) == "lines":
            need_file(source)
            hint = "declare `format`: baskets, sequences, csv, tsv, jsonl or parquet"
            raise DataError("the ending does not tell how the lines are to be read", place=str(source), hint=hint)
        chosen = cast(TableFormat, self.format)  # "auto" is fine as well
        return read_table(open_table(source, chosen, names=self.names, encoding=self.encoding), self._columns(str(source)))

    def _columns(self, place: str) -> tuple[str | None, ...]:
        """Return the columns to read; `DataError` before any is read where a filter needs one that is not named."""
        for name, column in (("since", "time"), ("until", "time"), ("min_weight", "weight")):
            if getattr(self, name) is not None and getattr(self, column) is None:
                hint = f"name the column with `{column}`, or leave `{name}` out"
                raise DataError(f"`{name}` needs the {column} of each event", place=place, hint=hint)
        return self.user, self.item, self.weight, self.time

    def _refuse(self, place: str, what: str, otherwise: str, *names: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise DataError(f"read as {what}, which has no use for `{name}`", place=place, hint=f"leave `{name}` out, or {otherwise}")

    def _kept(self, data: Interactions, place: str) -> Interactions:
        names = [field.name for field in fields(EventFilters)]
        kept = EventFilters(**{name: getattr(self, name) for name in names}).apply(data, place)
        return kept if self.feedback == "explicit" else replace(kept, weights=np.ones(len(kept.indices), np.float32))
