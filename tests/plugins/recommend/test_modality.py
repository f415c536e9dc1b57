"""The modality `interactions`."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Interactions
from asterism.plugins.recommend.modality import InteractionLog

SHAPES = "pass (user, item), (user, item, weight) or (user, item, weight, time), all of one shape"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_text(content)
        return path

    return write


def histories(log):
    return {user: log[row] for row, user in enumerate(log.users)}


def message(source, **fields):
    with pytest.raises(DataError) as caught:
        InteractionLog(**fields).read(source)
    return str(caught.value)


def test_table_gives_one_history_per_user_in_the_order_of_the_rows(write):
    log = InteractionLog().read(write("log.csv", "item,user\nbread,ann\nmilk,bob\nbeer,ann\nbread,ann\n"))
    assert histories(log) == {"ann": ["bread", "beer", "bread"], "bob": ["milk"]}
    assert (log.weights.tolist(), log.times) == ([1, 1, 1, 1], None)


def test_columns_are_chosen_and_times_order_a_history(write):
    path = write("log.tsv", "u\ti\tstars\twhen\nann\tbread\t2.5\t30\nann\tbeer\t4\t2.0e1\n")
    log = InteractionLog(user="u", item="i", weight="stars", time="when").read(path)
    assert histories(log) == {"ann": ["beer", "bread"]}
    assert (log.weights.tolist(), log.times.tolist()) == ([4, 2.5], [20, 30])


def test_dates_become_seconds_and_mean_utc(write):
    rows = "a,x,1970-01-02\na,y,1970-01-01 00:00:05\na,z,1970-01-01T02:00:00+01:00\n"
    log = InteractionLog(names=("user", "item", "when"), time="when").read(write("log.csv", rows))
    assert (histories(log), log.times.tolist()) == ({"a": ["y", "z", "x"]}, [5, 3600, 86400])


def test_parquet_and_json_lines_are_read(write, tmp_path):
    import datetime

    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "log.parquet"
    day = datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)
    pyarrow.parquet.write_table(pyarrow.table({"user": [7], "item": ["x"], "n": [3], "when": [day]}), path)
    log = InteractionLog(weight="n", time="when").read(path)
    assert (histories(log), log.weights.tolist(), log.times.tolist()) == ({"7": ["x"]}, [3], [86400])
    log = InteractionLog(weight="n").read(write("log.jsonl", '{"user": 7, "item": "x", "n": 2}\n'))
    assert (histories(log), log.weights.tolist()) == ({"7": ["x"]}, [2])


def test_baskets_are_numbered_and_names_trimmed(write):
    log = InteractionLog(format="baskets").read(write("groceries.csv", "whole milk, bread ,\n\nbeer\n"))
    assert histories(log) == {"0": ["whole milk", "bread"], "1": ["beer"]}


def test_baskets_may_have_another_separator(write):
    assert histories(InteractionLog(format="baskets", separator=" ").read(write("a.dat", "1 3 9 \n2\n"))) == {
        "0": ["1", "3", "9"],
        "1": ["2"],
    }


def test_sequences_begin_with_the_user(write):
    log = InteractionLog(format="sequences").read(write("beauty.txt", "ann  x y\tx\nbob z\n"))
    assert histories(log) == {"ann": ["x", "y", "x"], "bob": ["z"]}


def test_lines_without_an_item_are_reported(write, caplog):
    assert histories(InteractionLog(format="sequences").read(write("a.txt", "ann\nbob z\n"))) == {"bob": ["z"]}
    assert caplog.messages == ["1 lines without an item were left out"]


def test_host_passes_interactions_through():
    log = Interactions.from_histories({"ann": ["x"]})
    assert InteractionLog().read(log) is log


def test_host_passes_histories():
    log = InteractionLog().read({"ann": ["x", "y"], "bob": [], 3: ("y",)})
    assert histories(log) == {"ann": ["x", "y"], "bob": [], "3": ["y"]}


def test_host_passes_events():
    assert histories(InteractionLog().read([("ann", "x"), ("bob", "y"), ["ann", "y"]])) == {"ann": ["x", "y"], "bob": ["y"]}
    log = InteractionLog().read((("ann", "x", 2, 9.0), ("ann", "y", 1.5, 3.0)))
    assert (histories(log), log.weights.tolist(), log.times.tolist()) == ({"ann": ["y", "x"]}, [1.5, 2], [3, 9])


@pytest.mark.parametrize("value", ["many", "", "nan", "inf"])
def test_weight_that_is_no_number_names_the_line(write, value):
    path = write("log.csv", f"user,item,stars\na,x,1\na,y,{value}\n")
    assert message(path, weight="stars") == (
        f"{path}:3: the weight must be a finite number (got {value!r}); mend it, or name another column for `weight`"
    )


def test_time_that_is_none_names_the_line(write):
    path = write("log.csv", "user,item,when\na,x,yesterday\n")
    hint = "mend it, or name another column for `time`"
    assert message(path, time="when") == f"{path}:2: the time must be a finite number of seconds or an ISO date (got 'yesterday'); {hint}"


def test_empty_names_are_refused(write):
    path = write("log.csv", "user,item\na,x\na,\n")
    assert message(path) == f"{path}:3: the item is empty; leave such events out"
    assert message([("a", "x"), (None, "y")]) == "the user is empty (rows 1); leave such events out"


def test_missing_column_lists_the_columns(write):
    path = write("log.csv", "userId,movieId\n1,2\n")
    assert message(path) == f"{path}: there is no column 'user' among userId, movieId; did you mean 'userId'?"


def test_text_file_needs_a_format(write):
    path = write("log.txt", "a x\n")
    hint = "declare `format`: baskets, sequences, csv, tsv, jsonl or parquet"
    assert message(path) == f"{path}: the ending does not tell how the lines are to be read; {hint}"
    assert message(path.parent / "lag.txt") == f"{path.parent}/lag.txt: no such file or folder; did you mean '{path}'?"


def test_fields_that_mean_nothing_are_refused(write):
    path = write("log.csv", "user,item\na,x\n")
    assert (
        message(path, separator=";")
        == f"{path}: read as auto, which has no use for `separator`; leave `separator` out, or declare another `format`"
    )
    assert message(path, format="baskets", weight="n").startswith(f"{path}: read as baskets, which has no use for `weight`;")


def test_source_without_an_event_is_refused(write):
    path = write("log.csv", "user,item\n")
    assert message(path) == f"{path}: there is not one row in it; name another source"
    assert message(path, format="sequences") == f"{path}: there is not one item in it; name another source, or another `separator`"
    assert message([]) == f"there is not one event; {SHAPES}"


def test_host_must_pass_one_shape():
    assert message([("a", "x"), ("a", "y", 1)]) == f"an event is not of this shape: ('a', 'y', 1) (rows 1); {SHAPES}"
    assert message(["ax"]) == f"an event is not of this shape: 'ax' (rows 0); {SHAPES}"
    assert message(5) == f"an event is not of this shape: 5 (rows 0); {SHAPES}"
    assert message({"ann": "xyz"}) == "a list of items is needed, this is 'xyz' (records 'ann'); pass a mapping of user to items"
    assert message([("a", "x", "many")]).startswith("the weight must be a finite number (got 'many') (rows 0);")


def frame_columns():
    return {"who": ["ann", "bob", "ann"], "what": ["tea", 7, "rum"], "stars": [1.5, 2, 3], "when": [30, 20, 10]}


COLUMNS = {"user": "who", "item": "what", "weight": "stars", "time": "when"}


def check_frame(frame):
    log = InteractionLog(**COLUMNS).read(frame)
    assert histories(log) == {"ann": ["rum", "tea"], "bob": ["7"]}
    assert (log.weights.tolist(), log.times.tolist()) == ([3, 1.5, 2], [10, 30, 20])
    assert histories(InteractionLog(**COLUMNS, min_weight=2).read(frame)) == {"ann": ["rum"], "bob": ["7"]}


def test_host_passes_a_pandas_frame():
    import pandas

    check_frame(pandas.DataFrame(frame_columns(), index=[5, 5, 5]))
    when = pandas.to_datetime(["1970-01-02T00:00:00", "1970-01-01T00:00:05"])
    log = InteractionLog(time="when").read(pandas.DataFrame({"user": pandas.Categorical(["a", "a"]), "item": [1, 2], "when": when}))
    assert (histories(log), log.times.tolist()) == ({"a": ["2", "1"]}, [5, 86400])


def test_missing_values_of_a_pandas_frame_are_refused():
    import pandas

    frame = pandas.DataFrame({"user": ["a", None], "item": pandas.array([1, 2], "Int64"), "n": [1.0, float("nan")]})
    assert message(frame) == "the user is empty (rows 1); leave such events out"
    assert message(frame, user="item", item="n") == "the item is empty (rows 1); leave such events out"
    assert message(frame.iloc[:0]) == "there is not one row in it; pass another one"
    assert message(frame, weight="m") == "there is no column 'm' among user, item, n; name one of these columns"
    assert message(pandas.DataFrame([[1, 2, 3]], columns=["user", "item", "item"])) == (
        "two columns are called 'item'; give them different names"
    )


class Polars:
    """Gives its columns as Polars does."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def test_host_passes_arrow_tables():
    import pyarrow

    table = pyarrow.table(frame_columns() | {"what": ["tea", "7", "rum"]})
    check_frame(table)
    check_frame(Polars(table))
    check_frame(table.to_batches()[0])
    check_frame(table.set_column(0, "who", table["who"].dictionary_encode()))
    log = InteractionLog(**COLUMNS).read(pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1)))
    assert histories(log) == {"ann": ["rum", "tea"], "bob": ["7"]}


def test_bad_arrow_table_is_told_with_its_row():
    import pyarrow

    table = pyarrow.table({"user": ["a"] * 3000, "item": ["x"] * 2999 + [None]})
    assert message(table) == "the item is empty (rows 2999); leave such events out"
    assert message(table.slice(0, 0)) == "there is not one row in it; pass another one"
    assert message(table["user"]).startswith("gives no Arrow batches: ")


def test_host_passes_a_sparse_matrix():
    import numpy
    import scipy.sparse

    matrix = scipy.sparse.coo_array(numpy.array([[0, 2.5, 0], [0, 0, 0], [1, 4, 0]]))
    log = InteractionLog().read(matrix)
    assert (log.users, log.items) == (["0", "1", "2"], ["0", "1", "2"])
    assert (histories(log), log.weights.tolist()) == ({"0": ["1"], "1": [], "2": ["0", "1"]}, [2.5, 1, 4])
    assert histories(InteractionLog(min_weight=2, min_user_events=1).read(matrix.tocsc()))["2"] == ["1"]
    assert message(scipy.sparse.csr_matrix((2, 2))) == "there is not one event; pass a matrix with a cell for each event"
    bad = scipy.sparse.csr_array(numpy.array([[1, 0], [0, numpy.nan]]))
    assert message(bad) == "the weight must be a finite number (got nan) (rows 1); mend the matrix"


def test_host_passes_a_generator():
    assert len(InteractionLog().read((f"u{row % 9}", row) for row in range(1000)).indices) == 1000
    assert message([("a", "x")] * 1000 + ["ax"]) == f"an event is not of this shape: 'ax' (rows 1000); {SHAPES}"


def test_ids_are_text_or_numbers():
    assert histories(InteractionLog().read([("a", 1), ("a", "1"), ("a", 2.5), ("a", True)])) == {"a": ["1", "1", "2.5", "True"]}
    assert message([("a", b"x")]) == "the item must be text or a number (got b'x') (rows 0); name another column"
    assert message([(float("nan"), 1)]) == "the user is empty (rows 0); leave such events out"


def test_weight_beyond_32_bits_is_refused(write):
    path = write("log.csv", "user,item,n\na,x,1e39\n")
    assert message(path, weight="n") == f"{path}:2: the weight is too large for a 32-bit number (got '1e39'); scale the weights"


def test_empty_time_names_the_line(write):
    path = write("log.csv", "user,item,when\na,x,5\na,y,\n")
    hint = "mend it, or name another column for `time`"
    assert message(path, time="when") == f"{path}:3: the time must be a finite number of seconds or an ISO date (got ''); {hint}"


def test_sequence_without_a_user_names_the_line(write):
    path = write("log.txt", "a,x\n,y\n")
    assert message(path, format="sequences", separator=",") == f"{path}:2: the user is empty; leave such events out"


def test_events_at_one_time_keep_the_order_of_the_rows(write):
    path = write("log.csv", "user,item,when\na,x,5\nb,p,1\na,y,3\na,z,5\na,v,3\n")
    assert histories(InteractionLog(time="when").read(path)) == {"a": ["y", "v", "x", "z"], "b": ["p"]}


def test_one_user_and_one_item_will_do():
    assert histories(InteractionLog().read([("a", "x")])) == {"a": ["x"]}


def test_empty_file_is_refused(write):
    path = write("log.csv", "")
    assert message(path) == f"{path}: the file is empty; name another file"


def test_many_rows_take_few_bytes_each(tmp_path):
    path, rows = tmp_path / "log.csv", 300_000
    with path.open("w") as file:
        file.write("user,item,stars,when\n")
        file.writelines(f"user{row % 1009},item{row % 503},{row % 5},{rows - row}\n" for row in range(rows))
    tracemalloc.start()
    try:
        log = InteractionLog(weight="stars", time="when").read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(log.indices) == rows
    assert peak / rows < 45  # 24 hold a row of the result; a tuple of Python values alone takes some 300


def test_id_with_line_ends_is_kept_and_shown_escaped(write):
    log = InteractionLog().read(write("log.csv", 'user,item\na,"green\ntea, ""hot"""\n'))
    assert histories(log) == {"a": ['green\ntea, "hot"']}
    assert InteractionLog().preview(log[0]) == 'green\\ntea, "hot"'
    assert InteractionLog().preview(["a\x1b[2J\u202e\u2028\x00", "caf\u00e9 \u8336"]) == "a\\x1b[2J\\u202e\\u2028\\x00, caf\u00e9 \u8336"


def test_preview_shows_the_first_items():
    assert InteractionLog().preview(["x", "y"]) == "x, y"
    assert InteractionLog().preview(["x"] * 12) == "x, " * 9 + "x and 2 more"


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=4), min_size=1, max_size=4
    )
)
def test_written_histories_are_read_back(tmp_path_factory, given_histories):
    (path,) = InteractionLog().write(given_histories, tmp_path_factory.mktemp("written"))
    assert list(histories(InteractionLog().read(path)).values()) == given_histories
