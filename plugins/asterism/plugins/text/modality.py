"""The modality `text`: files and tables that hold texts, one record each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge

from asterism.framework import DataError, Entry, Modality, Records, report_problem
from asterism.plugins.sources import TableFormat, find_files, format_of, means_several, read_text, table_entries

PREVIEW_CHARACTERS = 200
FILE_ENDINGS = (".txt", ".txt.gz", ".md", ".rst")
"""Files that count as texts in a folder."""


class Text(Modality[str]):
    """Texts from files, from tables, or from a host's own sequence of strings; they are read and decoded when they are reached.

    Raises `DataError` where the source is missing or empty, a column is missing, a line is broken, or a byte does not fit the
    encoding.
    """

    modality = "text"

    format: Literal["auto", "folder", "csv", "tsv", "jsonl", "parquet", "lines"] = "auto"
    """What the source is; "auto" goes by the ending. "lines" makes a record of each line, "folder" (or a glob) of each file."""
    column: str | None = None
    """Column of a table that holds the text; "text" where this is left out."""
    id: str | None = None
    """Column that holds the ids; left out, rows are numbered from 0 and files are called by their path."""
    target: str | None = None
    """Column that holds the known class, which only scores; in a folder the class is the first sub-folder."""
    names: tuple[str, ...] | None = None
    """Names of the columns of a CSV or TSV file that has no header line."""
    encoding: str = "auto"
    """Codec of the files, such as cp1252 or gb18030; "auto" goes by the byte order mark, else it is UTF-8."""
    min_characters: Annotated[int, Ge(0)] = 0
    """Leave out records with fewer characters, white space at the ends not counted; how many is reported."""

    def read(self, source: str | Path | Iterable[str]) -> Records[str]:
        if isinstance(source, Records):
            return source
        if not isinstance(source, str | Path):
            return self._long_enough(_texts_of_host(source), _text)
        read_as = _read_as(source) if self.format == "auto" else self.format
        if read_as in ("folder", "lines"):
            self._refuse_columns(read_as, source)
        if read_as == "folder":
            return self._long_enough(find_files(source, FILE_ENDINGS), partial(_read, self.encoding))
        return self._long_enough(self._rows(source, read_as), _text)

    def preview(self, item: str) -> str:
        line = " ".join(item[: 5 * PREVIEW_CHARACTERS].split())
        return line if len(line) <= PREVIEW_CHARACTERS else f"{line[:PREVIEW_CHARACTERS]}…"

    def write(self, items: Sequence[str], folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        digits = len(str(max(len(items) - 1, 0)))  # with leading zeros, so that the files sort in the order of the items
        paths = [folder / f"{number:0{digits}}.txt" for number in range(len(items))]
        for path, item in zip(paths, items, strict=True):
            path.write_bytes(item.encode())
        return paths

    def _rows(self, source: str | Path, read_as: TableFormat | None) -> Iterable[Entry]:
        return table_entries(
            source,
            self.column or ("line" if read_as == "lines" else "text"),
            ids=self.id,
            targets=self.target,
            table_format=read_as or "auto",
            names=self.names,
            encoding=self.encoding,
        )

    def _refuse_columns(self, read_as: str, source: str | Path) -> None:
        for name in ("column", "id", "target", "names"):
            if getattr(self, name) is not None:
                hint = f"leave `{name}` out, or declare `format` as csv, tsv, jsonl or parquet"
                raise DataError(f"read as {read_as}, which has no use for `{name}`", place=str(source), hint=hint)

    def _long_enough(self, entries: Iterable[Entry], decode: Callable[[Entry], str]) -> Records[str]:
        kept = _LongEnough(entries, decode, self.min_characters) if self.min_characters else entries
        return Records(kept, decode, modality=self.modality)


class _LongEnough:
    """The entries whose text has so many characters, re-iterable; how many have not is reported once."""

    def __init__(self, entries: Iterable[Entry], decode: Callable[[Entry], str], characters: int) -> None:
        self.entries, self.decode, self.characters = entries, decode, characters
        self.reported = False

    def __iter__(self) -> Iterator[Entry]:
        short = 0
        for entry in self.entries:
            if entry.content is not None and len(self.decode(entry).strip()) >= self.characters:
                yield entry
            else:
                short += 1
        if short and not self.reported:
            self.reported = True
            report_problem(f"{short} records of fewer than {self.characters} characters were left out", count=short)


def _read_as(source: str | Path) -> Literal["folder"] | TableFormat | None:
    """Tell how to read a source from its name: several texts are a folder, several tables are tables."""
    by_ending = format_of(source)
    return "folder" if by_ending in ("lines", None) and means_several(source) else by_ending


def _read(encoding: str, entry: Entry) -> str:
    return read_text(entry.content, encoding)


def _text(entry: Entry) -> str:
    if isinstance(entry.content, str):
        return entry.content
    if entry.content is None:
        raise DataError("there is no text (null)", ids=[entry.id], hint="set `min_characters` to 1 to leave such records out")
    raise DataError(f"a text is needed, this is {entry.content!r:.40}", ids=[entry.id], hint="name another `column`")


def _texts_of_host(source: Any) -> list[Entry]:
    texts = list(source) if isinstance(source, Iterable) else [source]
    if not texts:
        raise DataError("there is not one text", hint="pass at least one")
    if others := [row for row, text in enumerate(texts) if not isinstance(text, str)]:
        found = type(texts[others[0]]).__name__
        raise DataError(f"texts are needed, the first of another type is a {found}", rows=others, hint="pass a sequence of str")
    return [Entry(str(row), text) for row, text in enumerate(texts)]
