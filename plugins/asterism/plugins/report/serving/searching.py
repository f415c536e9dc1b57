"""Which records meet some conditions: DuckDB looks through the columns that are asked for, and gives the numbers of one page of rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .failures import GONE, UNFIT, Refused
from .tables import Column, Table

SIGNS = {"eq": "=", "ne": "IS DISTINCT FROM", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MOST_VALUES = 1000
"""Of a condition `in`."""
LARGEST = 2**63 - 1
"""Of whole numbers in a table."""

Joined = Mapping[str, Mapping[int, int]]
"""By stage: the groups that were joined to others, and to which."""
Clause = tuple[str, list[Any]]
"""A part of a question, and the values that it is asked with."""


@dataclass(frozen=True)
class Question:
    """Which records, and in which order."""

    where: Sequence[str] = ()
    """Conditions, ``column:op:value``; all must hold."""
    search: str = ""
    """A text that the id or the preview holds, in any case."""
    order: str = ""
    """Column to sort by, with a minus in front from the largest down; empty: as the run has them."""
    group_of: str = ""
    """A stage, of which only the group `group` is wanted."""
    group: int = 0


class Searcher:
    """Answers questions about the table of one run.

    Parameters
    ----------
    table
        The table of the run.
    previews
        The file of previews, or None where there is none.
    """

    def __init__(self, table: Table, previews: Path | None) -> None:
        import duckdb

        self.table, self.previews = table, previews
        files = [table.path, *([previews] if previews else [])]
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
        for setting in (f"allowed_paths = [{', '.join(map(_text, files))}]", "enable_external_access = false", "lock_configuration = true"):
            self._connection.execute(f"SET {setting}")

    def find(self, question: Question, joined: Joined, offset: int, limit: int) -> tuple[int, list[int]]:
        """Return how many records there are, and the rows of one page of them."""
        conditions = list(self._conditions(question, joined))
        if not conditions and not question.order:
            return self.table.n_rows, list(range(self.table.n_rows)[offset : offset + limit])
        values = [value for _, some in conditions for value in some]
        # What stands in the text of a question is made of names that the table has; all else goes beside it.
        held = f" WHERE {' AND '.join(condition for condition, _ in conditions)}" if conditions else ""
        origin, path = f"FROM read_parquet(?, file_row_number = true){held}", str(self.table.path)
        order = f"ORDER BY {self._order(question.order, joined)}file_row_number LIMIT ? OFFSET ?"
        total = self._ask(f"SELECT count(*) {origin}", [path, *values])[0] if conditions else self.table.n_rows
        return total, self._ask(f"SELECT file_row_number {origin} {order}", [path, *values, limit, offset])

    def _ask(self, question: str, values: list[Any]) -> list[int]:
        """Ask DuckDB, with a cursor for each request; return the first column."""
        import duckdb

        try:
            with self._connection.cursor() as cursor:
                return [int(found[0]) for found in cursor.execute(question, values).fetchall()]
        except duckdb.IOException as error:
            raise Refused(GONE, "the table of the run cannot be read", "start `asterism view` again") from error

    def _conditions(self, question: Question, joined: Joined) -> list[Clause]:
        found = [self._condition(text, joined) for text in question.where]
        if question.group_of:
            found.append((f"{_sql(self._groups_of(question.group_of), joined)} = ?", [question.group]))
        return [*found, *([self._search(question.search)] if question.search else [])]

    def _condition(self, text: str, joined: Joined) -> Clause:
        column = max((one for one in self.table.columns if text.startswith(f"{one}:")), key=len, default=None)
        operator, colon, value = text[len(column or "") + 1 :].partition(":")
        if column is None or not colon or operator not in (*SIGNS, "contains", "in"):
            hint = f"operators: {', '.join((*SIGNS, 'contains', 'in'))}; columns: {', '.join(self.table.columns)}"
            raise Refused(UNFIT, "a condition is column:operator:value", hint)
        return _clause(self.table.columns[column], operator, value, joined)

    def _search(self, text: str) -> Clause:
        by_id = "contains(lower(id), lower(?))"
        if self.previews is None:
            return by_id, [text]
        shown = "SELECT file_row_number FROM read_parquet(?, file_row_number = true) WHERE contains(lower(text), lower(?))"
        return f"({by_id} OR file_row_number IN ({shown}))", [text, str(self.previews), text]

    def _order(self, order: str, joined: Joined) -> str:
        if not order:
            return ""
        column = self.table.columns.get(order) or self.table.columns.get(order.removeprefix("-"))
        if column is None:
            raise Refused(UNFIT, "there is no such column to sort by", f"columns: {', '.join(self.table.columns)}")
        return f"{_sql(column, joined)} {'DESC' if order not in self.table.columns else 'ASC'} NULLS LAST, "

    def _groups_of(self, stage: str) -> Column:
        for column in self.table.columns.values():
            if column.kind == "groups" and column.stage == stage:
                return column
        raise Refused(404, f"no stage '{stage}' gives groups")


def _clause(column: Column, operator: str, value: str, joined: Joined) -> Clause:
    name = _sql(column, joined)
    if operator == "contains":
        if column.kind != "text":
            raise Refused(UNFIT, f"'{column.name}' holds no text, so it contains none", "compare it with eq, lt, gt, ...")
        return f"contains(lower({name}), lower(?))", [value]
    if operator == "in":
        values = [_value(column, one) for one in _listed(value)]
        return (f"{name} IN ({', '.join('?' * len(values))})", values) if values else ("false", [])
    return f"{name} {SIGNS[operator]} ?", [_value(column, value)]


def _listed(text: str) -> list[str]:
    """Read the values of `in`: a list in JSON, or what stands between commas."""
    try:
        values = [str(one) for one in json.loads(text)] if text.startswith("[") else text.split(",")
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused(UNFIT, "the values of `in` are a list in JSON, or stand between commas") from error
    if len(values) > MOST_VALUES:
        raise Refused(UNFIT, f"the values of `in` are {MOST_VALUES:,} at most (got {len(values):,})")
    return values


def _value(column: Column, text: str) -> Any:
    if column.kind == "text":
        return text.encode("utf-8", "replace").decode()
    if column.kind == "flag":
        return text.lower() in ("true", "yes", "1")
    try:
        number = int(text) if column.is_whole else float(text)
    except ValueError as error:
        wanted = "whole numbers" if column.is_whole else "numbers"
        raise Refused(UNFIT, f"'{column.name}' holds {wanted}, and is compared with one") from error
    return max(-LARGEST, min(LARGEST, number)) if column.is_whole else number


def _sql(column: Column, joined: Joined) -> str:
    """Write a column; groups as people joined them."""
    moved = joined.get(column.stage, {}) if column.kind == "groups" else {}
    name = '"' + column.name.replace('"', '""') + '"'
    if not moved:
        return name
    return f"(CASE {name} {' '.join(f'WHEN {int(old)} THEN {int(new)}' for old, new in moved.items())} ELSE {name} END)"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
