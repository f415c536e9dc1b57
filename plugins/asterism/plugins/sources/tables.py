"""Files of rows, streamed: CSV, TSV, JSON Lines, Parquet and plain lines."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

from asterism.framework import DataError

from .reading import open_text

MAX_CSV_FIELD = 2**26
"""Characters in one CSV field. An unclosed quote makes a field of the rest of the file, so there is a bound."""
PARQUET_BATCH = 1024
"""Rows that are turned into Python values at once."""

Row = tuple[int, tuple[Any, ...]]
"""Line number (in Parquet: row number), counted from 1, and the values of the chosen columns."""


@dataclass(frozen=True)
class Table(ABC):
    """A file of rows that is read anew, from its beginning and row by row, at each iteration. Blank lines are no rows."""

    path: Path
    names: tuple[str, ...] | None = None
    """Names of the columns of a file without a header line; None where the file names them."""
    encoding: str = "auto"
    """Codec of the text, or ``auto``: what the byte order mark says, else UTF-8."""

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, all different."""
        columns = self._columns()
        if twice := sorted({name for name in columns if columns.count(name) > 1}):
            raise DataError(f"two columns are called '{twice[0]}'", place=str(self.path), hint="give them different names")
        return columns

    def rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        """Stream the rows with the values of `columns` in their order; a column None gives None.

        Values are text, except in JSON Lines and Parquet. `DataError` at a missing column or a broken line.
        """
        for column in columns:
            if column is not None and column not in self.columns:
                raise self._no_column(column, self.columns, str(self.path))
        return self._rows(columns)

    def place(self, line: int) -> str:
        """Write a line for a message: ``file:line``."""
        return f"{self.path}:{line}"

    def _no_column(self, column: str, columns: Sequence[str], place: str) -> DataError:
        near = get_close_matches(column, columns, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "name one of these columns"
        return DataError(f"there is no column '{column}' among {', '.join(columns)}", place=place, hint=hint)

    @abstractmethod
    def _columns(self) -> list[str]: ...

    @abstractmethod
    def _rows(self, columns: Sequence[str | None]) -> Iterator[Row]: ...


class Separated(Table):
    """What CSV and TSV have in common: a header line, and as many fields in every line."""

    @abstractmethod
    def _fields(self, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
        """Split the stream into lines of fields, without blank lines."""

    def _lines(self) -> Iterator[tuple[int, list[Any]]]:
        with open_text(self.path, self.encoding, newline="") as stream:
            yield from self._fields(stream)

    def _columns(self) -> list[str]:
        if self.names is not None:
            return list(self.names)
        _, header = next(self._lines(), (0, []))
        if not header:
            raise DataError("the file is empty", place=str(self.path), hint="name another file")
        return header

    def _rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        width = len(self.columns)
        # One more than wanted, because of a single one itemgetter makes no tuple; beyond the last column stands None.
        pick = itemgetter(*(width if column is None else self.columns.index(column) for column in columns), width)
        lines = self._lines()
        if self.names is None:
            next(lines)
        for line, fields in lines:
            if len(fields) != width:
                raise self._ragged(line, len(fields))
            fields.append(None)
            yield line, pick(fields)[:-1]

    def _ragged(self, line: int, found: int) -> DataError:
        fields = f"{found} field" if found == 1 else f"{found} fields"
        columns = f"columns are {len(self.columns)}: {', '.join(self.columns)}"
        return DataError(f"the line has {fields}, the {columns}", place=self.place(line), hint="mend the line, or declare another `format`")


class CSV(Separated):
    """Fields between commas, in double quotes where needed; a quoted field may span lines."""

    def _fields(self, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
        if csv.field_size_limit() < MAX_CSV_FIELD:  # one number for the whole process: raised, never lowered, so no other reader breaks
            csv.field_size_limit(MAX_CSV_FIELD)
        reader = csv.reader(stream, strict=True)
        try:
            for fields in reader:
                if fields:
                    yield reader.line_num, fields
        except csv.Error as error:
            hint = "mend the quotes, or declare another `format`"
            raise DataError(f"is no proper CSV: {error}", place=self.place(reader.line_num), hint=hint) from error


class TSV(Separated):
    """Fields between tabs. There is no quoting: a quote is a character like others, and no field holds a tab or a line end."""

    def _fields(self, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
        for line, text in enumerate(stream, 1):
            if content := text.rstrip("\r\n"):
                yield line, content.split("\t")


class JSONLines(Table):
    """One JSON object per line; the first one names the columns."""

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with open_text(self.path, self.encoding) as stream:
            for line, text in enumerate(stream, 1):
                if not text.isspace():
                    yield line, self._object(line, text)

    def _object(self, line: int, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DataError(f"is no JSON: {error}", place=self.place(line), hint="every line holds one JSON object") from error
        if not isinstance(found, dict):
            raise DataError(
                f"is no JSON object, it is {text.strip()[:40]}", place=self.place(line), hint="every line holds one JSON object"
            )
        return found

    def _columns(self) -> list[str]:
        _, first = next(self._objects(), (0, {}))
        if not first:
            raise DataError("the file is empty", place=str(self.path), hint="name another file")
        return list(first)

    def _rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        for line, found in self._objects():
            try:
                yield line, tuple([None if column is None else found[column] for column in columns])
            except KeyError as error:
                raise self._no_column(error.args[0], list(found), self.place(line)) from None


class Parquet(Table):
    """Columns of an Apache Parquet file; only the chosen ones are read."""

    def _columns(self) -> list[str]:
        return [str(name) for name in self._file().schema_arrow.names]

    def _file(self) -> Any:
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (pyarrow.ArrowInvalid, OSError) as error:
            raise DataError(
                f"is no Parquet file, or a damaged one: {error}", place=str(self.path), hint="write or fetch it again"
            ) from error

    def _rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        names = [column for column in columns if column is not None]
        done = 0
        for batch in self._batches(sorted(set(names))):
            values = {name: batch.column(name).to_pylist() for name in names}
            nothing = [None] * batch.num_rows
            yield from enumerate(zip(*(nothing if c is None else values[c] for c in columns), strict=True), done + 1)
            done += batch.num_rows

    def _batches(self, columns: list[str]) -> Iterator[Any]:
        with self._file() as file:
            try:
                yield from file.iter_batches(PARQUET_BATCH, columns=columns)
            except OSError as error:  # Arrow's own errors are of this class, or of ValueError where the arguments are wrong
                raise DataError(f"is a damaged Parquet file: {error}", place=str(self.path), hint="write or fetch it again") from error


class Lines(Table):
    """Plain text, one row per line that is not blank; the only column is called ``line``."""

    def _columns(self) -> list[str]:
        return ["line"]

    def _rows(self, columns: Sequence[str | None]) -> Iterator[Row]:
        with open_text(self.path, self.encoding) as stream:
            for line, text in enumerate(stream, 1):
                if not text.isspace():
                    yield line, tuple([None if column is None else text.rstrip("\n") for column in columns])
