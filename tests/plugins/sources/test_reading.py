"""From bytes to text."""

import codecs
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.plugins.sources import open_text, read_text, reading

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"))


def message(path, encoding="auto"):
    with pytest.raises(DataError) as caught:
        read_text(path, encoding)
    return str(caught.value)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("reading") / "some.txt"


@given(TEXTS)
def test_utf8_with_and_without_a_mark_is_read_back(path, text):
    path.write_bytes(text.encode())
    assert read_text(path) == text
    path.write_bytes(codecs.BOM_UTF8 + text.encode())
    assert read_text(path) == read_text(path, "utf-8") == text


@given(TEXTS, st.sampled_from(["utf-16", "utf-32"]))
def test_wide_encodings_are_told_by_their_mark(path, text, encoding):
    path.write_bytes(text.encode(encoding))
    assert read_text(path) == read_text(path, encoding) == text


@given(st.text(st.characters(codec="gb18030", exclude_characters="\0")))
def test_declared_encoding_is_used(path, text):
    path.write_bytes(text.encode("gb18030"))
    assert read_text(path, "gb18030") == text


@given(TEXTS)
def test_gzip_is_unpacked(path, text):
    packed = path.with_suffix(".txt.gz")
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_text(packed) == text


def test_bad_byte_is_named_with_its_line_and_offset(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"one\r\ntwo\rthr" + b"\xe9e\n")
    assert message(path) == (
        f"{path}:3: byte 0xE9 at offset 12 does not fit the encoding utf-8; "
        "declare another `encoding` (such as cp1252 or gb18030), or mend the file"
    )
    assert message(path, "ascii").startswith(f"{path}:3: byte 0xE9 at offset 12 does not fit the encoding ascii;")
    assert read_text(path, "cp1252") == "one\r\ntwo\rthrée\n"


@given(st.integers(0, 3 * reading.CHUNK), st.booleans())
def test_bad_byte_is_found_anywhere(path, position, marked):
    mark = codecs.BOM_UTF8 if marked else b""
    before = ("äb\n" * (position // 4 + 1)).encode()[: position // 4 * 4]
    path.write_bytes(mark + before + b"\xff\n more")
    line, offset = position // 4 + 1, len(mark) + len(before)
    assert message(path).startswith(f"{path}:{line}: byte 0xFF at offset {offset} does not fit the encoding utf-8;")


def test_incomplete_last_character_is_an_error(tmp_path):
    path = tmp_path / "cut.txt"
    path.write_bytes(b"one\n" + "é".encode()[:1])
    assert message(path).startswith(f"{path}:2: the last, incomplete character at offset 4 does not fit the encoding utf-8;")


def test_unknown_encoding_suggests_a_known_one(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("x")
    assert message(path, "gb-18300") == "no encoding of text is called 'gb-18300'; did you mean 'gb18030'?"
    assert message(path, "#") == "no encoding of text is called '#'; use auto, utf-8, utf-16, cp1252, gb18030 or another of Python's"


def test_codec_that_gives_no_text_is_refused(tmp_path):
    path = tmp_path / "some.txt"
    path.write_text("x")
    assert message(path, "zlib_codec").startswith("no encoding of text is called 'zlib_codec';")


def test_wide_encoding_without_a_mark_must_be_declared(tmp_path):
    path = tmp_path / "wide.txt"
    path.write_bytes("word".encode("utf-16-le"))
    assert message(path) == (
        f"{path}: holds zero bytes, so it is no UTF-8 text; declare `encoding` (such as utf-16-le), or name another file"
    )
    assert message(path, "utf-16") == f"{path}: has no byte order mark; declare `encoding` as utf-16-le or utf-16-be"
    assert read_text(path, "utf-16-le") == "word"


def test_decompression_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(reading.GZIP_FREE_BYTES) + b"x"))
    assert message(path, "ascii") == (
        f"{path}: unpacks to more than {reading.GZIP_FREE_BYTES:,} bytes, 200 times its size: a decompression bomb?; "
        "if it is genuine, unpack it and name the unpacked file"
    )


def test_bomb_is_refused_while_it_is_streamed(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"line\n" * 8_000_000))
    lines = 0
    with pytest.raises(DataError, match="a decompression bomb"), open_text(path) as stream:
        for lines, _ in enumerate(stream, 1):  # noqa: B007  # counted until it stops
            pass
    assert 0 < lines <= reading.GZIP_FREE_BYTES // 5


def test_damaged_gzip_is_an_error(tmp_path):
    path = tmp_path / "some.txt.gz"
    path.write_bytes(b"no gzip at all")
    assert message(path) == f"{path}: is no gzip file, or a damaged one: Not a gzipped file (b'no'); pack or fetch it again"
    path.write_bytes(gzip.compress(b"some text" * 99)[:-12])
    assert message(path).startswith(f"{path}: is no gzip file, or a damaged one: Compressed file ended before")
    body = bytearray(gzip.compress(bytes(range(256)) * 9))
    body[15] ^= 0xFF
    path.write_bytes(body)
    with pytest.raises(DataError) as caught:
        read_text(path, "latin-1")
    assert isinstance(caught.value.__cause__, zlib.error | OSError | EOFError)


def test_file_that_went_away_is_an_error(tmp_path):
    assert message(tmp_path / "gone.txt") == f"{tmp_path}/gone.txt: cannot be read: No such file or directory"
