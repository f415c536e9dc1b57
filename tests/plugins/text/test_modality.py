"""The modality `text`."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Records
from asterism.plugins.text.modality import Text


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def message(source, **fields):
    with pytest.raises(DataError) as caught:
        list(Text(**fields).read(source))
    return str(caught.value)


def test_folder_is_one_record_per_file(write, tmp_path):
    write("sport/b.txt", "a goal\nand another")
    write("sport/a.md", "a match")
    write("trade/c.txt.gz", gzip.compress(b"a treaty"))
    records = Text().read(tmp_path)
    assert list(records) == ["a match", "a goal\nand another", "a treaty"]
    assert records.ids == ["sport/a.md", "sport/b.txt", "trade/c.txt.gz"]
    assert records.targets == ["sport", "sport", "trade"]
    assert records.modality == "text"


def test_pattern_is_one_record_per_file(write, tmp_path):
    write("a.py", "import os")
    write("b.txt", "not this")
    assert list(Text().read(str(tmp_path / "*.py"))) == ["import os"]


def test_pattern_of_tables_is_their_rows(write, tmp_path):
    write("1.csv", "text\none\n")
    write("2.csv", "text\ntwo\n")
    records = Text().read(tmp_path / "*.csv")
    assert (list(records), records.ids) == (["one", "two"], ["0", "1"])


def test_table_gives_content_id_and_target(write):
    records = Text(column="body", id="key", target="topic").read(write("news.csv", 'key,body,topic\nk1,"a, b",x\nk2,c,y\n'))
    assert (list(records), records.ids, records.targets) == (["a, b", "c"], ["k1", "k2"], ["x", "y"])


def test_table_without_header_needs_names(write):
    fields = {"format": "tsv", "names": ("label", "text"), "target": "label"}
    records = Text(**fields).read(write("train.txt", "earn\tprofits rose\nship\tthe port\n"))
    assert (list(records), records.targets) == (["profits rose", "the port"], ["earn", "ship"])


def test_text_file_is_one_record_per_line(write):
    records = Text().read(write("some.txt", "one\n\ntwo\n"))
    assert (list(records), records.ids, records.targets) == (["one", "two"], ["0", "1"], None)


def test_text_file_as_folder_is_one_record(write):
    records = Text(format="folder").read(write("some.txt", "one\n\ntwo\n"))
    assert (list(records), records.ids) == (["one\n\ntwo\n"], ["some.txt"])


def test_declared_encoding_is_used_for_files_and_tables(write, tmp_path):
    write("a.txt", "naïve".encode("cp1252"))
    assert list(Text(encoding="cp1252").read(tmp_path)) == list(Text(encoding="cp1252").read(tmp_path / "a.txt")) == ["naïve"]


def test_file_is_decoded_when_it_is_reached(write, tmp_path):
    write("a.txt", "fine")
    write("b.txt", b"\xff")
    records = iter(Text().read(tmp_path))
    assert next(records) == "fine"
    with pytest.raises(DataError) as caught:
        next(records)
    assert str(caught.value) == (
        f"{tmp_path}/b.txt:1: byte 0xFF at offset 0 does not fit the encoding utf-8 (records 'b.txt'); "
        "declare another `encoding` (such as cp1252 or gb18030), or mend the file"
    )


def test_host_passes_a_sequence():
    records = Text().read(("one", "two"))
    assert (list(records), records.ids, records.modality) == (["one", "two"], ["0", "1"], "text")
    assert list(Text().read(word for word in ["one"])) == ["one"]


def test_records_pass_through():
    records = Records.of(["one"])
    assert Text().read(records) is records


def test_host_must_pass_texts():
    assert (
        message(["one", None, "two", 3]) == "texts are needed, the first of another type is a NoneType (rows 1, 3); pass a sequence of str"
    )
    assert message(5) == "texts are needed, the first of another type is a int (rows 0); pass a sequence of str"


def test_host_must_pass_at_least_one_text():
    assert message([]) == "there is not one text; pass at least one"


def test_value_that_is_no_text_names_its_record(write):
    path = write("some.jsonl", "\n".join(json.dumps({"text": text}) for text in ("one", 2)))
    assert message(path) == "a text is needed, this is 2 (records '1'); name another `column`"
    path = write("some.jsonl", "\n".join(json.dumps({"text": text}) for text in ("one", None)))
    assert message(path) == "there is no text (null) (records '1'); set `min_characters` to 1 to leave such records out"


def test_short_records_are_left_out_and_reported_once(write, caplog):
    path = write("some.jsonl", "\n".join(json.dumps({"text": text}) for text in ("one", None, "  a  ", "", "three")))
    records = Text(min_characters=3).read(path)
    assert (list(records), list(records), records.ids) == (["one", "three"], ["one", "three"], ["0", "4"])
    assert caplog.messages == ["3 records of fewer than 3 characters were left out (records '1', '2', '3')"]
    assert list(Text(min_characters=2).read(["a", "bb"])) == ["bb"]


@pytest.mark.parametrize("name", ["column", "id", "target", "time", "names"])
def test_columns_are_refused_where_there_are_none(write, tmp_path, name):
    path = write("some.txt", "x")
    value = ("a",) if name == "names" else "a"
    hint = f"leave `{name}` out, or declare `format` as csv, tsv, jsonl or parquet"
    assert message(path, **{name: value}) == f"{path}: read as lines, which has no use for `{name}`; {hint}"
    assert message(tmp_path, **{name: value}) == f"{tmp_path}: read as folder, which has no use for `{name}`; {hint}"


def test_missing_column_lists_the_columns(write):
    path = write("news.csv", "body,topic\nx,y\n")
    assert message(path) == f"{path}: there is no column 'text' among body, topic; name one of these columns"


def test_missing_path_suggests_another(write):
    path = write("news.csv", "text\nx\n")
    assert message(path.parent / "nws.csv") == f"{path.parent}/nws.csv: no such file or folder; did you mean '{path}'?"


def test_empty_file_is_refused(write):
    path = write("some.txt", "")
    assert message(path) == f"{path}: there is not one row in it; name another source"


def test_preview_is_one_short_line():
    assert Text().preview(" one\n\ttwo ") == "one two"
    assert Text().preview("word " * 99) == ("word " * 40) + "…"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff")), min_size=1, max_size=12))
def test_written_texts_are_read_back(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("written")
    paths = Text().write(texts, folder)
    records = Text().read(folder)
    assert list(records) == texts
    assert records.ids == [path.name for path in paths]
