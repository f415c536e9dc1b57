"""The modality `text`: files and tables that hold texts, one record each."""

import codecs
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from asterism.framework import DataError, Entry, Modality, Records
from asterism.plugins.sources import Fact, TableFormat, find_files, format_of, means_several, read_text, table_entries

from .preparation.languages import check_languages
from .preparation.prepared import Plan, Prepared, prepared_text
from .preparation.steps import StepName, check_order
from .preparation.times import iso_time

PREVIEW_CHARACTERS = 200
FILE_ENDINGS = (".txt", ".txt.gz", ".md", ".rst")
"""Files that count as texts in a folder."""


class Text(Modality[str]):
    """Texts from files, from tables, or from a host's own sequence of strings; they are read and decoded when they are reached.

    Where asked for, they are prepared as they are read, in this order: the steps of `prepare`, `min_characters`, `languages`,
    `duplicates`, `passages`. What was changed and what was left out is counted and reported once. What encoders, reports and exemplars get
    to see are the prepared texts.

    Raises `DataError` where the source is missing or empty, a column is missing, a line is broken, a byte does not fit the
    encoding, fields contradict each other, or nothing is left.
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
    time: str | None = None
    """Column that holds the time of a record: ISO 8601, a year, or seconds since 1970; where it is empty the record has none."""
    names: tuple[str, ...] | None = None
    """Names of the columns of a CSV or TSV file that has no header line."""
    encoding: str = "auto"
    """Codec of the files, such as cp1252 or gb18030; "auto" goes by the byte order mark, else it is UTF-8."""
    fallback_encoding: str | None = None
    """Codec of those files of a folder that do not fit `encoding`; how many there are is reported."""
    prepare: tuple[StepName, ...] = ()
    """Steps that clean each text, in this order. "html": tags, comments, scripts and styles go, character references are decoded. "urls":
    a blank for web and mail addresses. "mail": headers, quoted lines and signatures go. "unicode": form NFKC, without control and invisible
    characters. "case": small letters. "punctuation": a blank for each run of it. "numbers": a blank for each that is no part of a word."""
    min_characters: Annotated[int, Ge(0)] = 0
    """Leave out records with fewer characters after the steps, white space at the ends not counted; how many is reported."""
    detect_language: bool = False
    """Tell the language of each record, "und" where it is too short to tell; with `languages` it is told anyway."""
    languages: tuple[str, ...] | None = None
    """Leave out records that are not found to be in one of these languages, named by ISO 639-1 ("en", "zh"); "und" keeps those that are too
    short to tell. Needs the extra `text`."""
    duplicates: Literal["keep", "exact", "near"] = "keep"
    """Leave out records that repeat an earlier one: "exact" where they differ in white space at most, "near" where they are similar."""
    similarity: Annotated[float, Ge(0.5), Le(1)] = 0.9
    """From where on two texts are near-duplicates: the share that they have in common of their runs of five characters (Jaccard). 0.9 lets
    one letter in a hundred differ."""
    passages: Annotated[int, Ge(1)] | None = None
    """Cut texts into passages of at most so many words, where a paragraph or sentence ends; each is a record "<id>#<number>". In scripts
    without blanks between words, such as Chinese, every character counts as a word."""
    overlap: Annotated[int, Ge(0)] = 0
    """With how many of the last words of a passage the next one begins."""

    def read(self, source: str | Path | Iterable[str]) -> Records[str]:
        if isinstance(source, Records):
            return source
        self._refuse_contradictions()
        if not isinstance(source, str | Path):
            self._refuse("a sequence", ("time", "fallback_encoding"))
            return self._prepared(_texts_of_host(source), _text)
        read_as = _read_as(source) if self.format == "auto" else self.format
        if read_as in ("folder", "lines"):
            self._refuse(read_as, ("column", "id", "target", "time", "names"), source)
        if read_as == "folder":
            return self._prepared(find_files(source, FILE_ENDINGS), partial(_read, self.encoding))
        self._refuse(f"{read_as or 'a table'}", ("fallback_encoding",), source)
        return self._prepared(self._rows(source, read_as), _text)

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
            about={} if self.time is None else {"time": Fact(self.time, iso_time)},
            table_format=read_as or "auto",
            names=self.names,
            encoding=self.encoding,
        )

    def _refuse(self, read_as: str, names: Sequence[str], source: str | Path = "") -> None:
        for name in names:
            if getattr(self, name) is not None:
                wanted = "name a folder" if name == "fallback_encoding" else "declare `format` as csv, tsv, jsonl or parquet"
                raise DataError(
                    f"read as {read_as}, which has no use for `{name}`", place=str(source), hint=f"leave `{name}` out, or {wanted}"
                )

    def _refuse_contradictions(self) -> None:
        check_order(self.prepare)
        if self.overlap >= (self.passages or 1):
            rule = "`overlap` needs `passages`" if self.passages is None else f"`overlap` must be less than `passages`, {self.passages}"
            raise DataError(f"{rule} (got {self.overlap})", hint="lower it, or leave it out")
        if self.languages is not None:
            check_languages(self.languages)
        if self.fallback_encoding is not None:
            _check_codec(self.fallback_encoding)

    def _prepared(self, entries: Iterable[Entry], decode: Callable[[Entry], str]) -> Records[str]:
        plan = Plan(**{field.name: getattr(self, field.name) for field in fields(Plan)})
        if plan == Plan(similarity=self.similarity):  # nothing is asked for, so nothing is decoded before it is reached
            return Records(entries, decode, modality=self.modality)
        return Records(Prepared(entries, decode, plan), partial(prepared_text, decode), modality=self.modality)


def _check_codec(encoding: str) -> None:
    """Look it up before it is needed: it is tried only where a file is wrong already, and that error would hide this one."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        reason = f"no encoding of text is called '{encoding}'"
        raise DataError(reason, hint="name as `fallback_encoding` one such as cp1252 or gb18030") from None


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
