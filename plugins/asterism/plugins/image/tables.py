"""Images that rows of a table name or hold: a path beside the table, the bytes of a file, or both in a struct with `bytes` and `path`."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

from asterism.framework import DataError, Entry

from .arrays import Array, Size
from .decoding import ImageDecoder


@dataclass
class CellDecoder:
    """Decodes the image cells of one table."""

    table: Path
    decoder: ImageDecoder

    def __call__(self, entry: Entry) -> Array:
        """Decode one cell; `DataError` where it holds no image, or a path that leads out of the table's folder."""
        cell = entry.content
        if isinstance(cell, dict):  # how data sets are often published: the bytes, or where they are not given, the path
            cell = cell.get("bytes") or cell.get("path")
        if isinstance(cell, bytes):
            return self.decoder.decode_bytes(cell, str(self.table))
        if isinstance(cell, str):
            return self.decoder.decode_file(self._inside(cell))
        found = "nothing" if cell is None else f"a value of type {type(cell).__name__}"
        raise DataError(
            f"the path or the bytes of an image are needed, there is {found}", place=str(self.table), hint="name another `column`"
        )

    def of_size(self, size: Size, *, grey: bool) -> Self:
        """Return a decoder that gives images of this size."""
        return replace(self, decoder=self.decoder.of_size(size, grey=grey))

    def within(self, side: int) -> Self:
        """Return a decoder that gives images no longer than `side` pixels along either side."""
        return replace(self, decoder=self.decoder.within(side))

    @cached_property
    def _home(self) -> Path:
        return self.table.parent.resolve()

    def _inside(self, name: str) -> Path:
        """Refuse a path, or a link, out of the table's folder: a table from elsewhere must not choose which files are read."""
        if "\0" in name or not (self._home / name).resolve().is_relative_to(self._home):
            reason = f"the path {name!r} leads out of the table's folder"
            raise DataError(reason, place=str(self.table), hint="put the images beside the table, and name them relative to it")
        return self.table.parent / name
