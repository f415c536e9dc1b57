"""Events from files: one per row of a table, or one basket or one user's history per line."""

from collections.abc import Iterator, Sequence

from asterism.framework import DataError, Interactions, report_problem
from asterism.plugins.sources import Table

from .event_columns import CHUNK, Chunk, Where, chunks_of, gather


def read_table(table: Table, columns: Sequence[str | None]) -> Interactions:
    """Read the columns user, item, weight and time, of which the last two may be None; errors name the line."""
    nothing = DataError("there is not one row in it", place=str(table.path), hint="name another source")
    return gather(_rows(table, columns), nothing)


def read_lines(table: Table, separator: str | None, has_users: bool) -> Interactions:
    """Read the items of each line, after the user where it `has_users`; without a separator they stand between white space.

    Lines without an item are left out and reported; names are trimmed. Without users, the lines are numbered.
    """
    nothing = DataError("there is not one item in it", place=str(table.path), hint="name another source, or another `separator`")
    without: list[int] = []
    data = gather(_histories(table, separator, has_users, without), nothing)
    if without:
        report_problem(f"{len(without)} lines without an item were left out", count=len(without))
    return data


def _rows(table: Table, columns: Sequence[str | None]) -> Iterator[Chunk]:
    for chunk in chunks_of(table.rows(columns)):
        numbers, rows = zip(*chunk, strict=True)
        users, items, weights, times = zip(*rows, strict=True)
        given = (weights if columns[2] else None, times if columns[3] else None)
        yield Chunk(users, items, *given, _at(table, numbers))


def _histories(table: Table, separator: str | None, has_users: bool, without: list[int]) -> Iterator[Chunk]:
    """Give the events of whole lines, some thousands at once; the numbers of lines that have none go into `without`."""
    events: list[tuple[str, str, int]] = []
    for number, (line, (text,)) in enumerate(table.rows(["line"])):
        names = [name.strip() for name in text.split(separator)]
        user = names.pop(0) if has_users else str(number)
        history = [(user, name, line) for name in names if name]
        events += history
        if not history:
            without.append(line)
        if len(events) >= CHUNK:
            yield _chunk(table, events)
            events = []
    if events:
        yield _chunk(table, events)


def _chunk(table: Table, events: list[tuple[str, str, int]]) -> Chunk:
    users, items, lines = zip(*events, strict=True)
    return Chunk(users, items, None, None, _at(table, lines))


def _at(table: Table, lines: Sequence[int]) -> Where:
    return lambda row: {"place": table.place(lines[row])}
