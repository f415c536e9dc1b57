"""Rows of CSV, TSV, JSON Lines, Parquet and plain lines."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.plugins.sources import open_table, tables

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1)


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def rows(path, *columns, **options):
    return [values for _, values in open_table(path, **options).rows(columns)]


def message(path, *columns, **options):
    with pytest.raises(DataError) as caught:
        rows(path, *columns, **options)
    return str(caught.value)


@given(ROWS)
def test_csv_that_python_wrote_is_read_back(folder, cells):
    path = folder / "some.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *cells])
    assert rows(path, "a", "b") == cells
    assert rows(path, "b", None) == [(b, None) for _, b in cells]


@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)] * 2), min_size=1))
def test_tsv_takes_quotes_literally(folder, cells):
    path = folder / "some.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in [("a", "b"), *cells]), encoding="utf-8", newline="")
    assert rows(path, "a", "b") == cells


@given(ROWS)
def test_json_lines_are_read_back(folder, cells):
    path = folder / "some.jsonl"
    path.write_text("\n \n".join(json.dumps({"a": a, "b": b}) for a, b in cells))
    assert rows(path, "b", "a") == [(b, a) for a, b in cells]


@given(ROWS)
def test_parquet_is_read_back(folder, cells):
    import pyarrow
    import pyarrow.parquet

    path = folder / "some.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": [a for a, _ in cells], "other": [0] * len(cells), "b": [b for _, b in cells]}), path)
    assert rows(path, "b", None, "a") == [(b, None, a) for a, b in cells]


def test_lines_are_rows_and_blank_lines_are_none(write):
    assert list(open_table(write("some.txt", " one\r\n\n  \ntwo \rthree")).rows(["line"])) == [
        (1, (" one",)),
        (4, ("two ",)),
        (5, ("three",)),
    ]


@pytest.mark.parametrize("name", ["some.csv", "some.tsv", "some.jsonl", "some.txt"])
def test_packed_file_is_read_like_the_unpacked_one(write, name):
    content = {"some.csv": "a\nx\n", "some.tsv": "a\nx\n", "some.jsonl": '{"a": "x"}\n', "some.txt": "x\n"}[name]
    column = "line" if name == "some.txt" else "a"
    assert rows(write(f"{name}.gz", gzip.compress(content.encode())), column) == [("x",)]


def test_iterating_again_reads_the_file_again(write):
    path = write("some.csv", "a\n1\n")
    table = open_table(path)
    assert [values for _, values in table.rows(["a"])] == [("1",)]
    path.write_text("a\n2\n3\n")
    assert [values for _, values in table.rows(["a"])] == [("2",), ("3",)]


def test_file_is_streamed(write):
    path = write("some.tsv", "a\tb\n" + "1\t2\n" * 100_000 + "broken\n")
    first = next(iter(open_table(path).rows(["b"])))
    assert first == (2, ("2",))


def test_names_stand_for_a_missing_header(write):
    assert rows(write("some.txt", 'earn\t"text"\n'), "text", table_format="tsv", names=("label", "text")) == [('"text"',)]


def test_long_field_is_read(write):
    assert rows(write("some.csv", "a\n" + "x" * 200_000 + "\n"), "a") == [("x" * 200_000,)]


def test_field_without_end_is_refused(write, monkeypatch):
    monkeypatch.setattr(tables, "MAX_CSV_FIELD", csv.field_size_limit())
    path = write("some.csv", 'a\n"' + "x\n" * csv.field_size_limit())
    assert "is no proper CSV: field larger than field limit" in message(path, "a")


def test_missing_column_lists_the_columns(write):
    path = write("some.csv", "id,body,topic\n1,x,y\n")
    assert message(path, "bdoy") == f"{path}: there is no column 'bdoy' among id, body, topic; did you mean 'body'?"
    assert message(path, "xyz") == f"{path}: there is no column 'xyz' among id, body, topic; name one of these columns"


def test_missing_key_names_the_line(write):
    path = write("some.jsonl", '{"text": "x"}\n{"txt": "y"}\n')
    assert message(path, "text") == f"{path}:2: there is no column 'text' among txt; did you mean 'txt'?"


def test_column_that_stands_twice_is_refused(write):
    path = write("some.csv", "a,b,a\n1,2,3\n")
    assert message(path, "b") == f"{path}: two columns are called 'a'; give them different names"


@pytest.mark.parametrize("name", ["some.csv", "some.tsv"])
def test_ragged_line_is_refused(write, name):
    path = write(name, "a,b\n1,2\n\n3\n".replace(",", "\t" if name == "some.tsv" else ","))
    assert message(path, "a") == f"{path}:4: the line has 1 field, the columns are 2: a, b; mend the line, or declare another `format`"


def test_broken_quotes_are_refused(write):
    path = write("some.csv", 'a,b\n1,"2"3\n')
    assert message(path, "a") == f"{path}:2: is no proper CSV: ',' expected after '\"'; mend the quotes, or declare another `format`"
    path = write("some.csv", 'a\n"never closed\n')
    assert message(path, "a") == f"{path}:2: is no proper CSV: unexpected end of data; mend the quotes, or declare another `format`"


def test_broken_json_is_refused(write):
    path = write("some.jsonl", '{"a": 1}\n{"a": }\n')
    assert message(path, "a") == f"{path}:2: is no JSON: Expecting value: line 1 column 7 (char 6); every line holds one JSON object"
    path = write("some.jsonl", '{"a": 1}\n[1, 2]\n')
    assert message(path, "a") == f"{path}:2: is no JSON object, it is [1, 2]; every line holds one JSON object"
    assert "is no JSON: " in message(write("some.jsonl", "[" * 100_000 + "\n"), "a")


def test_broken_parquet_is_refused(write):
    path = write("some.parquet", "PAR1 or not")
    assert message(path, "a").startswith(f"{path}: is no Parquet file, or a damaged one: ")


def test_damaged_parquet_page_is_refused(write):
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"a": [f"text {n}" for n in range(1000)]}), stream, compression="gzip")
    content = bytearray(stream.getvalue())
    content[200:300] = bytes(100)
    path = write("some.parquet", bytes(content))
    assert message(path, "a").startswith(f"{path}: is a damaged Parquet file: ")


@pytest.mark.parametrize("name", ["some.csv", "some.tsv", "some.jsonl"])
def test_empty_file_is_refused(write, name):
    path = write(name, "")
    assert message(path, "a") == f"{path}: the file is empty; name another file"


def test_bad_byte_is_named_with_its_line(write):
    path = write("some.csv", b"a\nx\n\xe9\n")
    assert message(path, "a").startswith(f"{path}:3: byte 0xE9 at offset 4 does not fit the encoding utf-8;")


def test_byte_order_mark_is_no_part_of_the_first_name(write):
    assert rows(write("some.csv", b"\xef\xbb\xbfa\nx\n"), "a") == [("x",)]


def test_ending_that_says_nothing_is_refused(write):
    path = write("some.dat", "x")
    assert message(path, "a") == f"{path}: the ending '.dat' does not tell the format; declare `format`: csv, tsv, jsonl, parquet, lines"


def test_names_are_refused_where_they_mean_nothing(write):
    path = write("some.txt", "x")
    assert message(path, "a", names=("a",)) == (
        f"{path}: read as lines, which has no use for `names`; declare `format` as csv or tsv, or leave `names` out"
    )


def test_folder_is_no_table(tmp_path):
    assert message(tmp_path, "a") == f"{tmp_path}: is a folder, a file is needed; name a file in it"
