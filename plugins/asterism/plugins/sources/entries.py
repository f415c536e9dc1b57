"""Records from the rows of tables: which format a file has, and which columns hold content, id and target."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from asterism.framework import DataError, Entry

from .files import find_files, need_file
from .tables import CSV, TSV, JSONLines, Lines, Parquet, Separated, Table

TableFormat: TypeAlias = Literal["csv", "tsv", "jsonl", "parquet", "lines"]

FORMATS: dict[TableFormat, type[Table]] = {"csv": CSV, "tsv": TSV, "jsonl": JSONLines, "parquet": Parquet, "lines": Lines}

ENDINGS: dict[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "lines",
}


def format_of(source: str | Path) -> TableFormat | None:
    """Tell the format from the ending of a name or pattern, ``.gz`` aside; None where the ending says nothing."""
    return ENDINGS.get(Path(str(source).lower().removesuffix(".gz")).suffix)


Chosen: TypeAlias = TableFormat | Literal["auto"]


def open_table(source: str | Path, table_format: Chosen = "auto", *, names: tuple[str, ...] | None = None, encoding: str = "auto") -> Table:
    """Open one file of rows; ``auto`` goes by its ending.

    Raises
    ------
    DataError
        Where there is no such file, its ending says nothing, or the format has no use for `names`.
    """
    path = need_file(source)
    chosen = format_of(path) if table_format == "auto" else table_format
    if chosen is None:
        hint = f"declare `format`: {', '.join(FORMATS)}"
        raise DataError(f"the ending '{path.suffix}' does not tell the format", place=str(path), hint=hint)
    if names is not None and not issubclass(FORMATS[chosen], Separated):
        hint = "declare `format` as csv or tsv, or leave `names` out"
        raise DataError(f"read as {chosen}, which has no use for `names`", place=str(path), hint=hint)
    return FORMATS[chosen](path, names, encoding)


def endings_of(table_format: Chosen) -> list[str]:
    """List the endings of the files that have this format, packed or not."""
    return [ending + packed for ending, meant in ENDINGS.items() if table_format in (meant, "auto") for packed in ("", ".gz")]


class Fact(NamedTuple):
    """What else a table tells of its records."""

    column: str
    """Column that holds it."""
    write: Callable[[Any], str]
    """Makes text of a value of the column; raises `DataError` where the value is none."""


@dataclass(frozen=True)
class TableEntries:
    """The records of tables, one table after the other, read anew at each iteration."""

    tables: Sequence[Table]
    content: str
    """Column of what a record holds."""
    ids: str | None = None
    """Column of the ids; None numbers the rows through: ``0, 1, 2, ...``."""
    targets: str | None = None
    """Column of the known classes."""
    about: Mapping[str, Fact] = field(default_factory=dict)
    """What else is told of every record, by name."""

    def __iter__(self) -> Iterator[Entry]:
        number, columns = 0, [self.content, self.ids, self.targets, *(fact.column for fact in self.about.values())]
        for table in self.tables:
            for line, (content, identity, target, *told) in table.rows(columns):
                if self.ids is None:
                    identity = number
                elif identity in ("", None):
                    raise DataError(
                        f"the id in column '{self.ids}' is empty", place=table.place(line), hint="leave `id` out to number the rows"
                    )
                about = self._about(told, table, line) if told else None
                yield Entry(str(identity), content, None if target is None else str(target), about)
                number += 1

    def _about(self, values: Sequence[Any], table: Table, line: int) -> dict[str, str]:
        about = {}
        for (name, fact), value in zip(self.about.items(), values, strict=True):
            try:
                about[name] = fact.write(value)
            except DataError as error:
                error.place = f"{table.place(line)}, column '{fact.column}'"
                raise
        return about


def table_entries(
    source: str | Path,
    content: str,
    *,
    ids: str | None = None,
    targets: str | None = None,
    about: Mapping[str, Fact] | None = None,
    table_format: Chosen = "auto",
    names: tuple[str, ...] | None = None,
    encoding: str = "auto",
) -> TableEntries:
    """Make records of the rows of a table file, or of every table that a folder or a glob pattern means.

    Parameters
    ----------
    content, ids, targets
        Columns: of what a record holds, of its id (None numbers the rows), and of its known class.
    about
        What else is told of every record, by name.
    table_format, names, encoding
        As for `open_table`.

    Raises
    ------
    DataError
        Where a file or a column is missing, or there is not one row; later, while the rows are read, at a broken line.
    """
    files = [entry.content for entry in find_files(source, endings_of(table_format))]
    tables = [open_table(file, table_format, names=names, encoding=encoding) for file in files]
    entries = TableEntries(tables, content, ids, targets, about or {})
    if next(iter(entries), None) is None:
        raise DataError("there is not one row in it", place=str(source), hint="name another source")
    return entries
