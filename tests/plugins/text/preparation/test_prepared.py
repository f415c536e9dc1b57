"""All of preparation together, as the fields of the modality `text` ask for it."""

import pickle  # noqa: TID251  # as an engine sends functions to its workers

import pytest

from asterism.framework import DataError, Records
from asterism.framework.fingerprint import RecordsDigest
from asterism.plugins.text.modality import Text

LINE = "The quick brown fox jumps over the lazy dog, and the dog goes on sleeping as if there were no foxes."


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def message(source, **fields):
    with pytest.raises(DataError) as caught:
        list(Text(**fields).read(source))
    return str(caught.value)


def digest(source, **fields):
    records = Text(**fields).read(source)
    found = RecordsDigest(records)
    records.survey(found.add)
    return str(found)


def test_steps_are_applied_in_order_and_reported_once(write, caplog):
    path = write("some.csv", 'text\n"<b>One, 1</b>"\ntwo\n"THREE"\n')
    records = Text(prepare=("html", "case", "punctuation", "numbers")).read(path)
    assert list(records) == list(records) == ["one   ", "two", "three"]
    assert caplog.messages == ["`prepare` changed 2 of 3 texts: html 1, case 2, punctuation 1, numbers 1"]


def test_a_host_passes_texts_through_the_same_steps():
    assert list(Text(prepare=("urls",), min_characters=2, duplicates="exact").read(["a http://b", "c  d", "c d"])) == ["c  d"]


def test_characters_are_counted_after_the_steps():
    records = Text(prepare=("html",), min_characters=3).read(["<p>ab</p>", "<p>abc</p>"])
    assert (list(records), records.ids) == (["\nabc\n"], ["1"])


def test_filters_leave_out_in_their_order(caplog):
    german = "Die Katze saß auf der Matte und sah den Hund an."
    texts = ["x", LINE, german, "x", LINE.replace("fox ", "fax "), LINE, "9 8 7 6 5"]
    records = Text(min_characters=2, languages=("en", "und"), duplicates="near").read(texts)
    assert records.ids == ["1", "6"]
    assert records.about("language") == ["en", "und"]
    assert list(records) == [LINE, "9 8 7 6 5"]
    assert caplog.messages == [
        "2 records of fewer than 2 characters were left out (records '0', '3')",
        "1 texts not found to be in en or und were left out: de 1 (records '2')",
        "2 texts that repeat an earlier one were left out: 1 exactly, 1 nearly (similarity of 0.9 or more) (records '4', '5')",
    ]


def test_language_is_told_without_leaving_out_any(write):
    records = Text(detect_language=True).read(write("some.txt", f"{LINE}\nok\n"))
    assert records.about("language") == ["en", "und"]
    assert Text().read(["one"]).about("language") is None


def test_passages_are_records_that_know_their_document(write):
    path = write("some.csv", "text,topic,day\none two three four,a,2024-01-31\nfive,b,2024\n,c,\n")
    records = Text(passages=2, target="topic", time="day").read(path)
    assert list(records) == ["one two", "three four", "five", ""]
    assert records.ids == ["0#0", "0#1", "1#0", "2#0"]
    assert records.targets == ["a", "a", "b", "c"]
    assert records.about("parent") == ["0", "0", "1", "2"]
    assert records.about("time") == ["2024-01-31", "2024-01-31", "2024", ""]
    assert list(records[1:3]) == ["three four", "five"]


def test_time_alone_leaves_texts_where_they_are(write):
    path = write("some.jsonl", '{"text": "a", "at": 1706695200}\n{"text": "b", "at": null}\n')
    records = Text(time="at").read(path)
    assert records.about("time") == ["2024-01-31T10:00:00+00:00", ""]
    assert records.about("parent") is None


def test_value_that_is_no_time_tells_its_place(write):
    path = write("some.csv", "text,day\na,2024-01-31\nb,soon\n")
    assert message(path, time="day") == (
        f"{path}:3, column 'day': this is no time: 'soon'; write 2024-01-31, 2024-01-31T10:00:00, a year, or seconds since 1970; "
        "or name another column as `time`"
    )
    assert message(path, time="dy") == f"{path}: there is no column 'dy' among text, day; did you mean 'day'?"


@pytest.mark.parametrize("fields", [{"prepare": ("case",)}, {"min_characters": 1}, {"passages": 5, "detect_language": True}])
def test_file_that_cannot_be_decoded_is_told_when_it_is_reached(write, fields):
    folder = write("a.txt", "one").parent
    write("b.txt", b"\xff")
    write("c.txt", "two")
    records = Text(**fields).read(folder)
    assert [identity[:5] for identity in records.ids] == ["a.txt", "b.txt", "c.txt"]
    assert records.about("language") == (["und"] * 3 if "passages" in fields else None)
    assert records[2] == "two"
    with pytest.raises(DataError, match=rf"b.txt:1: byte 0xFF at offset 0 does not fit the encoding utf-8 \(records '{records.ids[1]}'\)"):
        records[1]


def test_files_in_another_encoding_are_read_where_that_is_asked_for(write, caplog):
    folder = write("a.txt", "naïve").parent
    write("b.txt", "naïve".encode("cp1252"))
    write("c.txt", b"na\0\xef")
    records = Text(fallback_encoding="cp1252").read(folder)
    assert (records[0], records[1]) == ("naïve", "naïve")
    with pytest.raises(DataError, match="holds zero bytes"):
        records[2]
    assert caplog.messages == ["1 files do not fit the encoding and were read as cp1252 (records 'b.txt')"]


def test_fallback_encoding_is_for_files_of_a_folder(write):
    path = write("some.csv", "text\na\n")
    told = "which has no use for `fallback_encoding`; leave `fallback_encoding` out, or name a folder"
    assert message(path, fallback_encoding="cp1252") == f"{path}: read as csv, {told}"
    assert message(["a"], fallback_encoding="cp1252") == f"read as a sequence, {told}"


def test_nothing_left_says_what_left_it_out():
    assert message(["a", LINE], min_characters=5, languages=("ja",)) == (
        "not one of 2 texts is left: 1 records of fewer than 5 characters were left out; "
        "1 texts not found to be in ja were left out: en 1; change `min_characters` or `languages`"
    )


def test_contradictions_are_refused():
    assert message(["a"], overlap=2) == "`overlap` needs `passages` (got 2); lower it, or leave it out"
    assert message(["a"], overlap=2, passages=2) == "`overlap` must be less than `passages`, 2 (got 2); lower it, or leave it out"
    assert message(["a"], prepare=("case", "case")) == "`prepare` names 'case' twice; once is enough"
    told = "no encoding of text is called 'cp1253x'; name as `fallback_encoding` one such as cp1252 or gb18030"
    assert message(["a"], fallback_encoding="cp1253x") == told
    assert message(["a"], languages=("english",)).startswith("no language has the code 'english'; ")


def test_source_that_has_grown_is_refused(write):
    path = write("some.txt", "one\ntwo\n")
    records = Text(prepare=("case",)).read(path)
    assert len(records) == 2
    write("some.txt", "one\ntwo\nthree\n")
    with pytest.raises(DataError) as caught:
        list(records)
    assert str(caught.value) == "the source has grown since it was read first; let nothing write to it, and read it again"


def test_first_records_are_had_without_reading_on(write, caplog):
    path = write("some.txt", "ONE\n" * 2000)
    records = Text(prepare=("case",)).read(path)
    assert list(records.head(3)) == list(records.head(3)) == ["one"] * 3
    assert caplog.messages == ["`prepare` changed 256 of 256 texts: case 256"]
    assert len(records) == 2000
    assert caplog.messages[1:] == ["`prepare` changed 2,000 of 2,000 texts: case 2,000"]


def test_settings_change_the_fingerprint(write):
    path = write("some.txt", "One\nTwo\n")
    assert len({digest(path), digest(path, prepare=("case",)), digest(path, passages=1), digest(path, detect_language=True)}) == 4


def test_records_can_be_decoded_in_another_process(write):
    records = Text(prepare=("case",)).read(write("a.txt", "ONE").parent)
    decode = pickle.loads(pickle.dumps(records.decode))  # noqa: S301  # our own
    assert [decode(entry) for entry in records.entries] == ["one"]


def test_empty_texts_go_through_all_of_it():
    records = Text(prepare=("html", "urls", "mail", "unicode", "case", "punctuation", "numbers"), passages=2, detect_language=True).read(
        ["", " \n", "\0"]
    )
    assert list(records) == ["", " \n", ""]
    assert list(Text(prepare=("unicode",), duplicates="near").read(["", " \n", "\0"])) == [""]


def test_document_of_50_megabytes_is_prepared():
    text = "<p>" + "Some words and more of them. " * 1_750_000 + "&amp; the end</p>"
    assert len(text) > 50_000_000
    (found,) = Text(prepare=("html", "urls", "case"), detect_language=True).read([text])
    assert (found[:12], found[-10:]) == ("\nsome words ", "& the end\n")


def test_records_that_were_read_are_not_prepared_again():
    records = Text(prepare=("html",)).read(["&amp;lt;"])
    assert Text(prepare=("html",)).read(records) is records
    assert isinstance(records, Records)
