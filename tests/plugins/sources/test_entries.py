"""Records from rows."""

import pytest

from asterism.framework import DataError, Entry, Records
from asterism.plugins.sources import format_of, table_entries


@pytest.fixture
def news(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("key,body,topic\nk1,first,a\nk2,second,b\n")
    return path


def message(*arguments, **options):
    with pytest.raises(DataError) as caught:
        list(table_entries(*arguments, **options))
    return str(caught.value)


def test_row_becomes_a_record(news):
    assert list(table_entries(news, "body", ids="key", targets="topic")) == [Entry("k1", "first", "a"), Entry("k2", "second", "b")]


def test_rows_without_ids_are_numbered(news):
    assert list(table_entries(news, "body")) == [Entry("0", "first"), Entry("1", "second")]


def test_records_can_be_read_again_and_again(news):
    records = Records(table_entries(news, "body", targets="topic"))
    assert list(records) == list(records) == ["first", "second"]
    assert records.targets == ["a", "b"]


def test_tables_of_a_folder_or_pattern_are_joined(news):
    (news.parent / "more.csv").write_text("key,body,topic\nk3,third,c\n")
    expected = [Entry("0", "third"), Entry("1", "first"), Entry("2", "second")]
    assert list(table_entries(news.parent, "body", table_format="csv")) == expected
    assert list(table_entries(news.parent / "*.csv", "body")) == expected


def test_numbers_become_ids_and_targets_as_text(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_text('{"id": 7, "text": "x", "target": 1}\n{"id": 8, "text": "y", "target": null}\n')
    assert list(table_entries(path, "text", ids="id", targets="target")) == [Entry("7", "x", "1"), Entry("8", "y", None)]


def test_empty_id_names_the_line(news):
    news.write_text("key,body\nk1,first\n,second\n")
    assert message(news, "body", ids="key") == f"{news}:3: the id in column 'key' is empty; leave `id` out to number the rows"


def test_ids_that_stand_twice_are_refused(news):
    news.write_text("key,body\nk1,first\nk1,second\n")
    with pytest.raises(DataError) as caught:
        _ = Records(table_entries(news, "body", ids="key")).ids
    assert str(caught.value) == "ids must be unique; these stand more than once: 'k1'; name another id column, or leave it out"


@pytest.mark.parametrize(("name", "content"), [("some.csv", "text\n"), ("some.txt", "\n \n"), ("some.txt", "")])
def test_table_without_a_row_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    assert message(path, "line" if name == "some.txt" else "text") == f"{path}: there is not one row in it; name another source"


def test_missing_column_is_told_before_the_rows_are_read(news):
    with pytest.raises(DataError, match="there is no column 'text' among key, body, topic"):
        table_entries(news, "text")


def test_format_goes_by_the_ending():
    assert format_of("A.CSV.gz") == "csv"
    assert format_of("data/*.ndjson") == "jsonl"
    assert format_of("README") is None
