"""Rows of a Parquet file by their numbers: of large files only the groups of rows are read that hold them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from asterism.framework.finished import told_of

from .failures import GONE, Refused

Kind: TypeAlias = Literal["text", "number", "groups", "flag"]


@dataclass(frozen=True)
class Column:
    """A column whose values are single: texts, numbers, groups, or yes and no."""

    name: str
    kind: Kind
    is_whole: bool = False
    """True of whole numbers."""
    stage: str = ""
    """The stage that gave it; empty where the source did."""


@dataclass(frozen=True)
class Matrix:
    """The columns that hold what one stage gave, a vector for each record."""

    stage: str
    columns: tuple[str, ...]
    width: int
    is_sparse: bool


class Table:
    """A Parquet file with a row for each record of a run.

    Parameters
    ----------
    path
        The file; it is opened anew for each question, so that it may go away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def n_rows(self) -> int:
        """How many rows it has."""
        with self.opened() as file:
            return int(file.metadata.num_rows)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns of single values, by name."""
        found = (_column(field) for field in self._schema)
        return {column.name: column for column in found if column}

    @cached_property
    def matrices(self) -> dict[str, Matrix]:
        """What stages gave that is a matrix, by stage."""
        found: dict[str, list[Any]] = {}
        for field in self._schema:
            if told_of(field, "gives") == "matrix" and told_of(field, "columns"):
                found.setdefault(told_of(field, "stage"), []).append(field)
        return {stage: _matrix(stage, fields) for stage, fields in found.items()}

    @cached_property
    def rankings(self) -> dict[str, tuple[str, ...]]:
        """The columns of what stages recommended, by stage: the items, and their scores."""
        found: dict[str, tuple[str, ...]] = {}
        for field in self._schema:
            if told_of(field, "gives") == "ranking":
                found[told_of(field, "stage")] = (*found.get(told_of(field, "stage"), ()), field.name)
        return found

    @cached_property
    def _schema(self) -> Any:
        with self.opened() as file:
            return file.schema_arrow

    @cached_property
    def _starts(self) -> Any:
        """The first row of each group of rows, and behind them how many there are."""
        with self.opened() as file:
            groups = range(file.metadata.num_row_groups)
            return np.cumsum([0, *(file.metadata.row_group(group).num_rows for group in groups)])

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """Open the file; `Refused` where it is gone."""
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:  # which would read a column of all rows at once
                yield file
        except (OSError, pa.ArrowInvalid) as error:
            raise Refused(GONE, f"{self.path.name} of the run cannot be read", "start `asterism view` again") from error

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> Any:
        """Return some rows of some columns, in the order of `rows`, as a pyarrow table; `Refused` where there is no such row."""
        if wrong := [row for row in rows if not 0 <= row < self.n_rows]:
            raise Refused(404, f"there is no record {wrong[0]}", f"the run has {self.n_rows:,}, counted from 0")
        ordered = np.unique(np.asarray(rows, np.int64))
        with self.opened() as file:
            parts = [self._part(file, group, list(some), columns) for group, some in groupby(ordered.tolist(), self._group_of)]
        found = pa.concat_tables(parts) if parts else pa.schema([self._schema.field(name) for name in columns]).empty_table()
        return found.take(np.searchsorted(ordered, np.asarray(rows, np.int64)))

    def _group_of(self, row: int) -> int:
        return int(np.searchsorted(self._starts, row, side="right")) - 1

    def _part(self, file: Any, group: int, rows: list[int], columns: Sequence[str]) -> Any:
        return file.read_row_group(group, columns=list(columns)).take(np.asarray(rows, np.int64) - self._starts[group])


def _column(field: Any) -> Column | None:
    stage = told_of(field, "stage")
    if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
        return Column(field.name, "text", stage=stage)
    if pa.types.is_boolean(field.type):
        return Column(field.name, "flag", stage=stage)
    if pa.types.is_integer(field.type):
        return Column(field.name, "groups" if told_of(field, "gives") == "labels" else "number", is_whole=True, stage=stage)
    return Column(field.name, "number", stage=stage) if pa.types.is_floating(field.type) else None


def _matrix(stage: str, fields: list[Any]) -> Matrix:
    kind = fields[0].type
    is_sparse = kind.num_fields > 0 and pa.types.is_struct(kind.value_type)
    return Matrix(stage, tuple(field.name for field in fields), int(told_of(fields[0], "columns")), is_sparse)
