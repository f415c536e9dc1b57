"""The modality `image`: image files, tables and archives of them, files of arrays, and a host's own arrays, one record each."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le

from asterism.framework import DataError, Entry, Modality, Records
from asterism.plugins.sources import TableFormat, find_files, format_of, need_file, table_entries

from .archives import MemberDecoder, archive_entries, is_archive
from .arrays import Array, Colours, as_colours, check_array, to_pil
from .decoding import SUFFIXES, FileDecoder, ImageDecoder
from .idx import is_idx, labels_beside, read_idx
from .matrices import Order, is_matrix, matrix_entries
from .tables import CellDecoder

PREVIEW_PIXELS = 128
OF_ARRAYS = ("shape", "order")
"""Fields that only files of arrays have a use for."""
COLUMNS = ("column", "id", "target", "names", *OF_ARRAYS)
"""Fields that folders, archives and idx files have no use for."""
PILLOW_LIMIT = 178_956_970
"""Pillow refuses what has more pixels, for the whole process."""


class Image(Modality[Array]):
    """Images from files, tables, archives, arrays, or a host's own sequence; each is decoded when it is reached.

    An item is a uint8 array of shape (height, width), or (height, width, 3) for colour. Orientation (Exif) is applied, transparency is
    laid on white, CMYK becomes RGB, of 16 bits the upper 8 are taken, and of several frames the first. Images in a zip or tar file are read
    where they lie. JPEG files are decoded at half, a quarter or an eighth of their size where an encoder asks for no more.

    Raises `DataError` where the source is missing or empty, and, when the image is reached, where a file is damaged or too large.
    """

    modality = "image"

    format: Literal["auto", "folder", "csv", "tsv", "jsonl", "parquet", "idx", "archive", "arrays"] = "auto"
    """What the source is; "auto" goes by the ending. "folder" is also one image, or a glob; "idx" is the format of MNIST, "archive" a zip
    or tar file, packed or not, "arrays" a .npy, .npz or .mat file."""
    column: str | None = None
    """Column of a table that holds the path of each image (relative to the table), or its bytes; "image" where this is left out. Of a file
    of arrays, the variable that holds the images, where that cannot be told."""
    id: str | None = None
    """Column that holds the ids; left out, rows are numbered from 0 and files are called by their path."""
    target: str | None = None
    """Column, or variable, that holds the known class, which only scores; in folders and archives the class is the first sub-folder, for
    idx the labels beside it."""
    shape: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] | None = None
    """Height and width of images that are rows of pixels in a file of arrays."""
    order: Order | None = None
    """Whether such pixels go through an image by "rows" or by "columns"; left out, as NumPy (rows) or MATLAB (columns) lists them."""
    names: tuple[str, ...] | None = None
    """Names of the columns of a CSV or TSV file that has no header line."""
    encoding: str = "auto"
    """Codec of a CSV, TSV or JSON Lines table, such as cp1252; "auto" goes by the byte order mark, else it is UTF-8."""
    mode: Colours = "auto"
    """Give every image as "grey" or as "colour"; "auto" gives each as it is."""
    max_pixels: Annotated[int, Ge(1), Le(PILLOW_LIMIT)] = 89_478_485
    """Refuse a file that declares more pixels than this: a small file can unpack to many gigabytes."""

    def read(self, source: str | Path | Iterable[Any]) -> Records[Array]:
        if isinstance(source, Records):
            return source
        decoder = ImageDecoder(self.mode, self.max_pixels)
        if not isinstance(source, str | Path):
            return self._records(_images_of_host(source), partial(_own, decoder))
        read_as = _read_as(source) if self.format == "auto" else self.format
        self._refuse_columns(read_as, source)
        if read_as == "idx":
            return self._records(_images_of_idx(need_file(source)), partial(_own, decoder))
        if read_as == "arrays":
            entries = matrix_entries(need_file(source), self.column, self.target, self.shape, self.order)
            return self._records(entries, partial(_own, decoder))
        if read_as == "archive":
            return self._records(archive_entries(need_file(source)), MemberDecoder(decoder))
        if read_as == "folder":
            return self._records(find_files(source, SUFFIXES), FileDecoder(decoder))
        return self._records(self._rows(source, read_as), CellDecoder(need_file(source), decoder))

    def preview(self, item: Array) -> bytes:
        """Return the bytes of a PNG of at most 128 x 128 pixels."""
        small = to_pil(check_array(item))
        small.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
        stream = BytesIO()
        small.save(stream, "PNG")
        return stream.getvalue()

    def write(self, items: Sequence[Array], folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        digits = len(str(max(len(items) - 1, 0)))  # with leading zeros, so that the files sort in the order of the items
        paths = [folder / f"{number:0{digits}}.png" for number in range(len(items))]
        for row, (path, item) in enumerate(zip(paths, items, strict=True)):
            to_pil(check_array(item, [row])).save(path)
        return paths

    def _records(self, entries: Iterable[Entry], decode: Callable[[Entry], Array]) -> Records[Array]:
        return Records(entries, decode, modality=self.modality)

    def _rows(self, source: str | Path, read_as: TableFormat) -> Iterable[Entry]:
        return table_entries(
            need_file(source),
            self.column or "image",
            ids=self.id,
            targets=self.target,
            table_format=read_as,
            names=self.names,
            encoding=self.encoding,
        )

    def _refuse_columns(self, read_as: str, source: str | Path) -> None:
        useless = {"arrays": ("id", "names"), "folder": COLUMNS, "idx": COLUMNS, "archive": COLUMNS}.get(read_as, OF_ARRAYS)
        for name in useless:
            if getattr(self, name) is not None:
                wanted = "arrays" if name in OF_ARRAYS else "csv, tsv, jsonl or parquet"
                hint = f"leave `{name}` out, or declare `format` as {wanted}"
                raise DataError(f"read as {read_as}, which has no use for `{name}`", place=str(source), hint=hint)


def _read_as(source: str | Path) -> Literal["folder", "idx", "archive", "arrays"] | TableFormat:
    """Tell how to read a source from its name; what has no ending that says it is a folder, a glob or an image."""
    path = Path(source).expanduser()
    if path.is_dir():
        return "folder"
    if is_idx(path):
        return "idx"
    if is_archive(path) or is_matrix(path):
        return "archive" if is_archive(path) else "arrays"
    by_ending = format_of(path)
    return "folder" if by_ending in ("lines", None) else by_ending


def _images_of_idx(path: Path) -> list[Entry]:
    images = read_idx(path, 3)
    if len(images) == 0:
        raise DataError("there is not one image in it", place=str(path), hint="name another source")
    labels_path = labels_beside(path)
    if labels_path is None:
        return [Entry(str(row), image) for row, image in enumerate(images)]
    labels = read_idx(labels_path, 1)
    if len(labels) != len(images):
        reason = f"has {len(labels):,} labels for the {len(images):,} images of {path.name}"
        raise DataError(reason, place=str(labels_path), hint="fetch both files again, or move the labels elsewhere")
    return [Entry(str(row), image, str(label)) for row, (image, label) in enumerate(zip(images, labels.tolist(), strict=True))]


def _images_of_host(source: Any) -> list[Entry]:
    from PIL.Image import Image as PILImage

    images = list(source) if isinstance(source, Iterable) else [source]
    if not images:
        raise DataError("the source is empty: there is not one image", hint="give it at least one")
    return [Entry(str(row), image if isinstance(image, PILImage) else check_array(image, [row])) for row, image in enumerate(images)]


def _own(decoder: ImageDecoder, entry: Entry) -> Array:
    """Give an image that is in memory already: an array, or one of Pillow's that a host passed."""
    if isinstance(entry.content, np.ndarray):
        return as_colours(entry.content, decoder.colours)
    return decoder.decode_pil(entry.content)
