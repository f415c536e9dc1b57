"""Some records of a run as a file to keep: a table for people, or a source that `asterism run` reads."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from asterism.framework import DataError, Records

from .failures import Refused
from .originals import Original, file_of, home_of
from .searching import Joined
from .showing import Shower
from .viewed import Viewed

AT_ONCE = 1000
"""Rows that are read at once."""
IN_MEMORY = 8 * 2**20
"""Bytes of a file that is made; a larger one lies on the disk until it is sent."""
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
"""What a file name had better not hold."""
CSV = "text/csv; charset=utf-8"


@dataclass
class Download:
    """A file that is made to be sent; it is gone when it is closed."""

    name: str
    media_type: str
    stream: IO[bytes] = field(default_factory=lambda: SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  # `parts` closes it
    left_out: int = 0
    """How many records are not in it, because their originals could not be read."""
    beside: str = ""
    """The folder that the paths in it begin at, so that it must lie there; empty where it holds none."""

    def parts(self) -> Iterator[bytes]:
        """Yield the file bit by bit, and close it."""
        with self.stream:
            self.stream.seek(0)
            while part := self.stream.read(2**16):
                yield part


def safe_name(text: str, ending: str = "") -> str:
    """Make a file name of anything."""
    return (UNSAFE.sub("_", text).strip("._")[-80:] or "record") + ending


def as_csv(viewed: Viewed, shower: Shower, joined: Joined, rows: Sequence[int]) -> Download:
    """Write a table of id, columns and preview."""
    made = Download(safe_name(viewed.opened.folder.name, "-selection.csv"), CSV)
    columns = ["id", *(name for name in shower.table.columns if name != "id")]
    _write_csv(made, [*columns, "preview"], _lines(shower, joined, rows, columns))
    return made


def as_source(viewed: Viewed, rows: Sequence[int]) -> Download:
    """Write what a modality can read again: texts as JSON Lines, images and videos as a table of paths, interactions as a table.

    Raises `Refused` where the originals are gone, or are no files of their own.
    """
    records, name = viewed.records(), viewed.opened.folder.name
    if isinstance(records, Records) and records.modality == "text":
        made = Download(safe_name(name, "-selection.jsonl"), "application/jsonl")
        _write_texts(made, records.take(rows))
        return made
    made = Download(safe_name(name, "-selection.csv"), CSV)
    if isinstance(records, Records):
        made.beside = str(home_of(str(viewed.opened.state["source"])))
        _write_csv(made, ["id", records.modality, "target"], _paths(viewed, records.take(rows)))
    else:
        _write_csv(made, ["user", "item"], ((records.users[row], item) for row in rows for item in records[row]))
    return made


def _lines(shower: Shower, joined: Joined, rows: Sequence[int], columns: Sequence[str]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        for values, preview in zip(shower.columns_of(some, joined), shower.previews_of(some), strict=True):
            yield [*(values[name] for name in columns), preview.get("text", "")]


def _paths(viewed: Viewed, taken: Any) -> Iterator[list[str]]:
    """Yield id, path beside the table and class of images or videos."""
    home = home_of(str(viewed.opened.state["source"])).resolve()
    for entry in taken.entries:
        file = file_of(viewed, Original(taken, entry))
        if file is None:
            raise Refused(409, "the originals are no files of their own, so a table cannot name them", "save the rows as CSV")
        yield [entry.id, file.relative_to(home).as_posix(), entry.target or ""]


def _write_texts(made: Download, taken: Any) -> None:
    for entry in taken.entries:
        target = {} if entry.target is None else {"target": entry.target}
        try:
            line = json.dumps({"id": entry.id, "text": taken.item(entry), **target})
        except DataError:  # a file that is gone costs itself alone
            made.left_out += 1
        else:
            made.stream.write(line.encode() + b"\n")


def _write_csv(made: Download, header: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    text = TextIOWrapper(made.stream, "utf-8", errors="backslashreplace", newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(lines)
    text.detach()  # which writes what is left; the stream stays open
