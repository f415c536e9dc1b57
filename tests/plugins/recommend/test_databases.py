"""The modality `interactions` from databases, by SQLAlchemy on SQLite."""

import importlib.abc
import sqlite3
import sys
from contextlib import closing, contextmanager
from itertools import chain

import pytest

from asterism.framework import DataError
from asterism.plugins.recommend.databases import _chunks, _connection, hidden, is_url
from asterism.plugins.recommend.modality import InteractionLog

EVENTS = [(f"u{row % 70}", row % 31, row % 5, f"2024-01-{row % 28 + 1:02d}") for row in range(10_000)]
LOOK = "see whether the database is whole and can be reached, and whether the `query` is right"


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute('CREATE TABLE events ("user" TEXT, item INTEGER, stars REAL, "when" TEXT)')
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", EVENTS)
        database.execute("CREATE VIEW good AS SELECT * FROM events WHERE stars >= 4")
        database.execute('CREATE TABLE "odd; DROP TABLE events --" ("the user" TEXT, "it""em" TEXT)')
        database.execute("INSERT INTO \"odd; DROP TABLE events --\" VALUES ('ann', 'a 100% :thing')")
    return path


def url(path):
    return f"sqlite:///{path}"


def histories(log):
    return {user: log[row] for row, user in enumerate(log.users)}


def message(source, **fields):
    with pytest.raises(DataError) as caught:
        InteractionLog(**fields).read(source)
    return str(caught.value)


def test_table_gives_the_same_as_its_rows(shop):
    log = InteractionLog(table="events", weight="stars", time="when").read(url(shop))
    same = InteractionLog().read(EVENTS)
    assert histories(log) == histories(same)
    assert (log.weights.tolist(), log.times.tolist()) == (same.weights.tolist(), same.times.tolist())


def test_view_and_schema_will_do(shop):
    assert set(InteractionLog(table="good", weight="stars").read(url(shop)).weights) == {4}
    assert len(InteractionLog(table="main.good").read(url(shop)).indices) == 2_000


def test_filters_apply_to_a_database(shop):
    assert len(InteractionLog(table="events", weight="stars", min_weight=4).read(url(shop)).indices) == 2_000
    assert message(url(shop), table="events", min_user_events=999).startswith(f"{url(shop)}: no event is left: min_user_events is 999")


def test_names_are_quoted_and_never_run(shop):
    log = InteractionLog(table="odd; DROP TABLE events --", user="the user", item='it"em').read(url(shop))
    assert histories(log) == {"ann": ["a 100% :thing"]}
    assert len(InteractionLog(table="events").read(url(shop)).indices) == 10_000


def test_query_is_run_as_it_is(shop):
    query = "SELECT item, \"user\" || ':x' AS who FROM events WHERE \"user\" LIKE '%1' AND item <> ':y' ORDER BY rowid DESC LIMIT 2"
    assert histories(InteractionLog(query=query, user="who").read(url(shop))) == {"u51:x": ["9"], "u41:x": ["30"]}


def test_query_changes_nothing(shop):
    before = shop.read_bytes()
    reason = "the database cannot be read: attempt to write a readonly database"
    assert message(url(shop), query="DELETE FROM events") == f"{url(shop)}: {reason}; {LOOK}"
    assert message(url(shop), query="DROP TABLE events") == f"{url(shop)}: {reason}; {LOOK}"
    assert message("sqlite://", query="CREATE TABLE a (b)") == "sqlite://: the query gives no rows; write a SELECT"
    assert shop.read_bytes() == before


def test_table_or_query_is_needed(shop):
    rule = "a database is read by a `table` or a `query`, one of them"
    assert message(url(shop)) == f"{url(shop)}: {rule}; name a `table` or write a `query`"
    assert message(url(shop), table="events", query="SELECT 1") == f"{url(shop)}: {rule}; keep one of them"


def test_missing_table_or_column_lists_what_there_is(shop):
    known = "events, good, odd; DROP TABLE events --"
    assert message(url(shop), table="event") == f"{url(shop)}: there is no table 'event' among {known}; did you mean 'events'?"
    assert message("sqlite://", table="event") == "sqlite://: there is no table 'event'; name another database"
    missing = "there is no column 'star' among user, item, stars, when; did you mean 'stars'?"
    assert message(url(shop), table="events", weight="star") == f"{url(shop)} table events: {missing}"
    assert message(url(shop), query='SELECT item, "user" AS who FROM events') == (
        f"{url(shop)}: there is no column 'user' among item, who; name one of these columns"
    )
    twice = f"{url(shop)}: two columns are called 'user'; give them different names"
    assert message(url(shop), query='SELECT "user", item, "user" FROM events') == twice


def test_value_that_is_none_names_its_row(shop):
    query = "SELECT \"user\", item, CASE WHEN rowid = 9001 THEN 'many' ELSE 1 END AS n FROM events"
    reason = "the weight must be a finite number (got 'many') (rows 9000); mend it, or name another column for `weight`"
    assert message(url(shop), query=query, weight="n") == f"{url(shop)}: {reason}"
    empty = f"{url(shop)}: the user is empty (rows 0); leave such events out"
    assert message(url(shop), query='SELECT NULL AS "user", item FROM events') == empty
    blob = f"{url(shop)}: the item must be text or a number (got b'\\x01') (rows 0); name another column"
    assert message(url(shop), query="SELECT \"user\", x'01' AS item FROM events") == blob


def test_table_without_rows_is_refused(shop):
    reason = f"{url(shop)}: there is not one row in it; name another `table`, or change the `query`"
    assert message(url(shop), query='SELECT "user", item FROM events WHERE 0') == reason


def test_query_that_is_wrong_or_fails_after_some_rows_is_told(shop):
    assert message(url(shop), query="SELEC") == f'{url(shop)}: the database cannot be read: near "SELEC": syntax error; {LOOK}'
    query = 'SELECT "user", item, CASE WHEN rowid = 9000 THEN abs(-9223372036854775808) ELSE 1 END FROM events'
    assert message(url(shop), query=query) == f"{url(shop)}: the database cannot be read: integer overflow; {LOOK}"


def test_database_that_is_damaged_in_the_middle_is_told(shop):
    content = bytearray(shop.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    shop.write_bytes(content)
    reason = f"{url(shop)}: the database cannot be read: database disk image is malformed; {LOOK}"
    assert message(url(shop), table="events") == reason
    shop.write_bytes(content[: middle + 99])
    assert message(url(shop), table="events") == reason


@contextmanager
def between_batches(path):
    """Give the first chunk of a table, and the iterator of the others."""
    with _connection(url(path)) as connection:
        chunks = _chunks(connection, url(path), "events", None, ("user", "item", None, None))
        yield next(chunks), chunks


def cut(path):
    with path.open("r+b") as file:
        file.truncate(8192)
    return ()


def test_database_that_goes_away_between_two_batches_is_told(shop):
    said = r"the database cannot be read: (database disk image is malformed|disk I/O error); see whether"
    with pytest.raises(DataError, match=said), between_batches(shop) as (_, others):
        list(chain(cut(shop), others))


def test_table_that_is_read_cannot_be_dropped_meanwhile(shop):
    with between_batches(shop) as (first, others):
        with closing(sqlite3.connect(shop, timeout=0)) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DROP TABLE events")
        assert len(first.users) + sum(len(chunk.users) for chunk in others) == 10_000
    with closing(sqlite3.connect(shop, timeout=0)) as other:
        other.execute("DROP TABLE events")  # everything was closed
    assert message(url(shop), table="events").startswith(f"{url(shop)}: there is no table 'events' among ")


def test_database_that_another_program_holds_is_told(shop):
    with closing(sqlite3.connect(shop)) as other:
        other.execute("BEGIN EXCLUSIVE")
        reason = f"the database cannot be read: database is locked; {LOOK}"
        assert message(f"{url(shop)}?timeout=0.1", table="events") == f"{url(shop)}?timeout=0.1: {reason}"


def test_file_that_is_missing_or_no_database_is_told(shop, tmp_path):
    assert message(url(tmp_path / "shop.dp"), table="e") == f"{tmp_path}/shop.dp: no such file or folder; did you mean '{shop}'?"
    assert not (tmp_path / "shop.dp").exists()
    shop.write_text("user,item\n" * 500)
    assert message(url(shop), table="events") == f"{url(shop)}: the database cannot be read: file is not a database; {LOOK}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("postgresql://me:secret@host:port/x", "postgresql://me:***@host:port/x: is no URL of a database; write it as "),
        ("nosuch://me:secret@host/x", "nosuch://me:***@host/x: no kind of database is called 'nosuch'; mend the URL, or "),
        ("https://host/log.csv?token=secret", "https://host/log.csv?token=***: no kind of database is called 'https'; "),
        ("oracle://me:se:cr@et@host/x?a=b", "oracle://me:***@host/x?a=b: its driver is not installed: No module named "),
    ],
)
def test_wrong_url_is_told_without_its_password(source, said):
    assert message(source, table="events").startswith(said)


def test_password_is_hidden_in_what_a_driver_says(tmp_path):
    (tmp_path / "x.db").write_text("")
    source = f"sqlite://me:geheim@/{tmp_path}/x.db"  # SQLite has no hosts, which the dialect says with the whole URL
    said = message(source, table="events")
    assert "geheim" not in said
    assert said.startswith(f"sqlite://me:***@/{tmp_path}/x.db: the database cannot be read: Invalid SQLite URL: ")


def test_urls_are_told_from_files():
    assert [is_url(source) for source in ("sqlite:///a.db", "mysql+pymysql://h/d", "C:/a.csv", "a://b/../c.csv", "log.csv", 5)] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]
    assert hidden("/data/a:b@c.csv?key=d") == "/data/a:b@c.csv?key=d"


def test_fields_that_mean_nothing_are_refused(shop, tmp_path):
    rule = "read as a database, which has no use for `names`; leave `names` out, or name a file"
    assert message(url(shop), table="events", names=("a", "b")) == f"{url(shop)}: {rule}"
    path = tmp_path / "log.csv"
    path.write_text("user,item\nann,tea\n")
    assert message(path, table="events") == f"{path}: read as a file, which has no use for `table`; leave `table` out, or name a database"


class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "sqlalchemy":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_missing_package_names_its_extra(shop, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sqlalchemy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(), *sys.meta_path])
    assert message(url(shop), table="events") == f"{url(shop)}: reading a database needs SQLAlchemy; pip install 'asterism[sql]'"


def test_run_keeps_the_url_as_it_is(shop, tmp_path, monkeypatch):
    import json

    from asterism.registry.registry import Registry
    from asterism.registry.runs import run_plan

    monkeypatch.chdir(tmp_path)
    spec = {
        "asterism": 1,
        "name": "shop",
        "source": {"modality": "interactions", "path": url(shop), "table": "events"},
        "stages": [{"recommender": "item_knn"}],
    }
    registry = Registry()
    run = run_plan(registry, registry.plan(spec), tmp_path / "run")
    state = json.loads((run.path / "run.json").read_text())
    assert state["source"] == url(shop)
