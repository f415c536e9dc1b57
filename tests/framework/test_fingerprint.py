"""The digest of records covers how they are decoded, whatever decodes them."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from asterism.framework import Entry, Records, Reducer, Stage
from asterism.framework.fingerprint import RecordsDigest, digest_stage


class Shelf(Reducer):
    books: Path

    def transform(self, X: Any) -> Any:
        return X


@dataclass
class Reader:
    upper: bool = False
    told: set[str] = field(default_factory=set, compare=False)


@dataclass(frozen=True)
class Decoder:
    reader: Reader

    def __call__(self, entry: Entry) -> Any:
        return entry.content


class Plain:
    def __init__(self, width: int) -> None:
        self.width = width

    def __call__(self, entry: Entry) -> Any:
        return entry.content


def read(reader: Reader, entry: Entry) -> Any:
    return entry.content


def digest(decode: Any) -> str:
    records: Records[Any] = Records([Entry("a", "x"), Entry("b", "y")], decode)
    found = RecordsDigest(records)
    found.add(records.entries)
    return str(found)


@pytest.mark.parametrize(
    "make", [lambda upper: Decoder(Reader(upper)), lambda upper: partial(read, Reader(upper)), lambda upper: Plain(int(upper))]
)
def test_other_settings_of_what_decodes_give_another_digest(make: Any) -> None:
    assert digest(make(False)) == digest(make(False)) != ""
    assert digest(make(False)) != digest(make(True))


def test_what_a_decoder_notes_by_the_way_does_not_count() -> None:
    assert digest(Decoder(Reader(told={"something"}))) == digest(Decoder(Reader()))


def test_what_has_no_digest_gives_none() -> None:
    assert digest(Plain(object())) == ""  # type: ignore[arg-type]  # that is the point


def test_a_field_with_a_path_counts_by_its_content(tmp_path: Path) -> None:
    def key() -> str:
        return digest_stage(Stage("shelf", Shelf(books=tmp_path)), "")

    (tmp_path / "a.txt").write_text("one")
    first = key()
    assert key() == first
    (tmp_path / "a.txt").write_text("two")
    second = key()
    (tmp_path / "more").mkdir()
    (tmp_path / "more/b.txt").write_text("three")
    third = key()
    (tmp_path / "more/b.txt").rename(tmp_path / "more/c.txt")
    assert len({first, second, third, key()}) == 4
