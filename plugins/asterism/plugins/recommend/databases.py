"""Events from a database that SQLAlchemy speaks to: one table, or what one query gives, streamed and never written to."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from asterism.framework import DataError, Interactions
from asterism.plugins.sources import need_file

from .event_columns import Chunk, Where, gather, positions

_URL = re.compile(r"[A-Za-z][\w+.-]*://")
_HIDDEN = "***"
_SECRETS = re.compile(r"pass|pwd|secret|token|key", re.IGNORECASE)
"""Parameters of a URL that may hold a password."""
FETCHED = 2048
"""Rows that are asked for at once: enough that the way to a server does not count."""
FORM = "write it as dialect://user@host/database, or as sqlite:///file.db"


def is_url(source: object) -> bool:
    """Tell the URL of a database from the path of a file."""
    return isinstance(source, str) and _URL.match(source) is not None


def hidden(source: str) -> str:
    """Return a source as messages show it: a URL without the password, a path as it is."""
    if not is_url(source):
        return source
    shown = re.sub(r"(?<=://)([^:/@?]*):.*@", rf"\1:{_HIDDEN}@", source)
    return re.sub(r"([?&])([^=&]*)=([^&]*)", lambda m: f"{m[1]}{m[2]}={_HIDDEN if _SECRETS.search(m[2]) else m[3]}", shown)


def read_database(source: str, table: str | None, query: str | None, columns: Sequence[str | None]) -> Interactions:
    """Read the columns user, item, weight and time (the last two may be None) of a table, or of what a query gives.

    Names of tables and columns are compared with those of the database and quoted, never run. A query is run as it is, in a transaction
    that is never committed; a file of SQLite and PostgreSQL are opened for reading alone. Rows come in the order of the database.

    Raises
    ------
    DataError
        Where SQLAlchemy or a driver is missing, the URL is none, there is no such database, table or column, the query or the
        connection fails, before the first row or after it, or there is no row. No message shows a password.
    """
    if (table is None) == (query is None):
        hint = "name a `table` or write a `query`" if table is None else "keep one of them"
        raise DataError("a database is read by a `table` or a `query`, one of them", place=hidden(source), hint=hint)
    nothing = DataError("there is not one row in it", place=hidden(source), hint="name another `table`, or change the `query`")
    with _connection(source) as connection:
        return gather(_chunks(connection, hidden(source), table, query, columns), nothing)


def _chunks(connection: Any, place: str, table: str | None, query: str | None, columns: Sequence[str | None]) -> Iterator[Chunk]:
    if query is None:
        result = connection.execute(_selection(connection, str(table), columns, place))
    else:
        result = connection.execution_options(no_parameters=True).exec_driver_sql(query)  # a colon or % in it means itself
    if not result.returns_rows:
        raise DataError("the query gives no rows", place=place, hint="write a SELECT")
    found, done = positions(list(result.keys()), columns, place), 0
    for rows in result.partitions(FETCHED):
        values = list(zip(*rows, strict=True))
        users, items, weights, times = (() if at is None else values[at] for at in found)
        yield Chunk(users, items, weights or None, times or None, _at(place, done))
        done += len(rows)


def _at(place: str, before: int) -> Where:
    return lambda row: {"place": place, "rows": [before + row]}


@contextmanager
def _connection(source: str) -> Iterator[Any]:
    """Connect, for reading alone where that can be had; whatever the database has against what is then done is a `DataError`."""
    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise DataError("reading a database needs SQLAlchemy", place=hidden(source), hint="pip install 'asterism[sql]'") from error
    url = _parsed(source)
    options = {"stream_results": True, "yield_per": FETCHED}
    if url.get_backend_name() == "postgresql":
        options["postgresql_readonly"] = True
    try:
        with _connected(url, source) as connection:
            yield connection.execution_options(**options)
    except SQLAlchemyError as error:
        raise _failed(error, url, hidden(source)) from None  # the error itself may hold the URL


def _connected(url: Any, source: str) -> Any:
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    try:
        return sqlalchemy.create_engine(_read_only(url), poolclass=NullPool).connect()
    except DataError:
        raise
    except ImportError as error:
        hint = "install it, or name another driver as dialect+driver://..."
        raise DataError(f"its driver is not installed: {error}", place=hidden(source), hint=hint) from error
    except sqlalchemy.exc.NoSuchModuleError as error:
        reason = f"no kind of database is called '{url.drivername}'"
        raise DataError(reason, place=hidden(source), hint="mend the URL, or install what speaks to it") from error
    except (OSError, TypeError, ValueError) as error:  # of the driver, about what the URL says
        raise _failed(error, url, hidden(source)) from None  # likewise


def _parsed(source: str) -> Any:
    import sqlalchemy

    try:
        return sqlalchemy.make_url(source)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise DataError("is no URL of a database", place=hidden(source), hint=FORM) from None  # the error may show the URL


def _read_only(url: Any) -> Any:
    """Open a SQLite file for reading alone; where there is none, SQLite would make it."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return url
    path = need_file(url.database).absolute()
    return url.set(database=path.as_uri()).update_query_dict({"mode": "ro", "uri": "true"})


def _failed(error: Exception, url: Any, place: str) -> DataError:
    """Say what the driver says, on one line and without the password."""
    said = str(getattr(error, "orig", None) or error).strip().replace("\n", " ")
    if url.password:
        said = said.replace(str(url.password), _HIDDEN)
    hint = "see whether the database is whole and can be reached, and whether the `query` is right"
    return DataError(f"the database cannot be read: {said}", place=place, hint=hint)


def _selection(connection: Any, table: str, columns: Sequence[str | None], place: str) -> Any:
    """Select the columns; all names are those that the database itself has listed."""
    import sqlalchemy

    inspector = sqlalchemy.inspect(connection)
    schema, name = _find(inspector, table, place)
    known = [column["name"] for column in inspector.get_columns(name, schema)]
    positions(known, columns, f"{place} table {table}")
    wanted: list[Any] = [sqlalchemy.column(each) for each in dict.fromkeys(columns) if each is not None]
    return sqlalchemy.select(*wanted).select_from(sqlalchemy.table(name, schema=schema))


def _find(inspector: Any, table: str, place: str) -> tuple[str | None, str]:
    """Split ``schema.table`` where there is no table of the whole name."""
    schema, _, name = table.rpartition(".")
    if inspector.has_table(table):
        return None, table
    if schema and inspector.has_table(name, schema):
        return schema, name
    known = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    near = get_close_matches(table, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "name one of these tables" if known else "name another database"
    raise DataError(f"there is no table '{table}'{' among ' * bool(known)}{', '.join(known)}", place=place, hint=hint)
