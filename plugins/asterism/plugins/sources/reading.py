"""From the bytes of a file to text: gzip, byte order marks, encodings, and the exact place of a byte that does not fit."""

import codecs
import encodings.aliases
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO, TextIO

from asterism.framework import DataError

GZIP_MAX_RATIO = 200
"""A gzip file may unpack to this many times its size: text reaches 5 to 30, a decompression bomb 1,000."""
GZIP_FREE_BYTES = 16 * 2**20
"""Up to this size any ratio is fine."""

BYTE_ORDER_MARKS = {  # the longer first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
CHUNK = 2**16


@contextmanager
def open_text(path: Path, encoding: str = "auto", newline: str | None = None) -> Iterator[TextIO]:
    """Open a text file, unpacked where its name ends in ``.gz``, as a stream of strictly decoded text.

    Parameters
    ----------
    encoding
        The name of a codec, or ``auto``: what the byte order mark says, else UTF-8.
    newline
        As for the built-in `open`.

    Raises
    ------
    DataError
        At a byte that does not fit the encoding (its place is ``file:line``), for an unknown encoding, and for a gzip file that is
        damaged or unpacks to far more than any text does.
    """
    with open_bytes(path) as stream:
        codec, mark = _codec(stream, path, encoding)
        stream.read(mark)
        try:
            # The stream is closed by open_bytes; closing the wrapper as well does no harm.
            yield io.TextIOWrapper(stream, codec, errors="strict", newline=newline)
        except UnicodeDecodeError:
            raise _bad_byte(path, codec, mark) from None


def read_text(path: Path, encoding: str = "auto") -> str:
    """Read a whole text file, line ends as they are; errors as for `open_text`."""
    with open_text(path, encoding, newline="") as stream:
        return stream.read()


@contextmanager
def open_bytes(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file, unpacked where its name ends in ``.gz``; `DataError` where it cannot be read or unpacked."""
    try:
        with path.open("rb") as file:
            if path.name.lower().endswith(".gz"):
                yield io.BufferedReader(_Unpacked(file, path), CHUNK)
            else:
                yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"is no gzip file, or a damaged one: {error}", place=str(path), hint="pack or fetch it again") from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", place=str(path)) from error


class _Unpacked(io.RawIOBase):
    """The content of a gzip file, which stops where it grows out of all proportion."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.content, self.path, self.done = gzip.GzipFile(fileobj=file, mode="rb"), path, 0
        self.allowed = max(GZIP_FREE_BYTES, GZIP_MAX_RATIO * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase's own type is not public
        count = self.content.readinto(buffer)
        self.done += count
        if self.done > self.allowed:
            raise DataError(
                f"unpacks to more than {self.allowed:,} bytes, {GZIP_MAX_RATIO} times its size: a decompression bomb?",
                place=str(self.path),
                hint="if it is genuine, unpack it and name the unpacked file",
            )
        return count


def _codec(stream: io.BufferedReader, path: Path, encoding: str) -> tuple[str, int]:
    """Choose the codec; also the length of the byte order mark to skip."""
    head = stream.peek(CHUNK)[:CHUNK]
    declared = _known_codec(encoding) if encoding != "auto" else "auto"
    for mark, codec in BYTE_ORDER_MARKS.items():
        if head.startswith(mark) and (declared == "auto" or codec.startswith(declared.removesuffix("-sig"))):
            return codec, len(mark)
    if declared in ("utf-16", "utf-32"):
        raise DataError("has no byte order mark", place=str(path), hint=f"declare `encoding` as {declared}-le or {declared}-be")
    if declared != "auto":
        return declared, 0
    if b"\0" in head:
        raise DataError(
            "holds zero bytes, so it is no UTF-8 text", place=str(path), hint="declare `encoding` (such as utf-16-le), or name another file"
        )
    return "utf-8", 0


def _known_codec(encoding: str) -> str:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)  # refuses codecs that give no text
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        aliases = encodings.aliases.aliases
        near = get_close_matches(encoding.lower().replace("-", "_"), {*aliases, *aliases.values()}, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "use auto, utf-8, utf-16, cp1252, gb18030 or another of Python's"
        raise DataError(f"no encoding of text is called '{encoding}'", hint=hint) from None


def _bad_byte(path: Path, codec: str, mark: int) -> DataError:
    """Read the file once more, up to the first byte that does not fit."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    line, offset = 1, mark
    with open_bytes(path) as stream:
        stream.read(mark)
        while chunk := stream.read(CHUNK):
            pending = len(decoder.getstate()[0])
            try:
                line += lines.decode(decoder.decode(chunk)).count("\n")
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(codec, errors="replace")  # only to count its lines
                line += lines.decode(before, final=True).count("\n")
                return _not_in_encoding(path, line, f"byte 0x{error.object[error.start]:02X}", offset - pending + error.start, codec)
            offset += len(chunk)
    return _not_in_encoding(path, line, "the last, incomplete character", offset - len(decoder.getstate()[0]), codec)


def _not_in_encoding(path: Path, line: int, what: str, offset: int, codec: str) -> DataError:
    hint = "declare another `encoding` (such as cp1252 or gb18030), or mend the file"
    return DataError(f"{what} at offset {offset} does not fit the encoding {codec}", place=f"{path}:{line}", hint=hint)
