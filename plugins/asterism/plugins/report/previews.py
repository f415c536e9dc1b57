"""How a record is shown to people: the begin of a text, or a small picture; for some rows of a run, or for all of them in a file."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np

from asterism.framework import DataError, FinishedRun, Records, report_problem
from asterism.framework.store.durable import write_whole

if TYPE_CHECKING:
    from PIL.Image import Image

FILE = "previews.parquet"
CHARACTERS = 240
SIDE = 96
"""Pixels along the longer side of a picture that is kept."""
TINY = 48
"""Pixels up to which a picture is kept exact."""
BATCH = 512
QUALITY = 80

Preview: TypeAlias = "str | Image | None"
"""A line of text, a small picture of Pillow's, or None where the record cannot be read any more."""


@dataclass(frozen=True)
class Previewer:
    """Shows the records of one run."""

    run: FinishedRun
    side: int = SIDE
    characters: int = CHARACTERS

    def of(self, rows: Sequence[int]) -> list[Preview]:
        """Show the records at `rows`, in that order; None for all of them, and a problem told, where the source is gone or changed."""
        if not len(rows):
            return []
        try:
            records = self.records()
            ordered = sorted(set(rows))
            found = dict(zip(ordered, self.shown(records, ordered), strict=True))
        except (DataError, OSError) as error:
            report_problem(f"records cannot be shown: {error}")
            return [None] * len(rows)
        if hidden := [row for row, preview in found.items() if preview is None]:
            report_problem("records cannot be shown, because their originals cannot be read any more", rows=hidden)
        return [found[row] for row in rows]

    def records(self) -> Any:
        """Return the records, decoded no larger than needed where that is quicker."""
        records = self.run.records()
        if isinstance(records, Records) and hasattr(records.decode, "within"):
            smaller = copy(records)
            smaller.decode = records.decode.within(self.side)
            return smaller
        return records

    def shown(self, records: Any, rows: Sequence[int]) -> Iterator[Preview]:
        """Show some of the records, in their order; one that cannot be read is None."""
        if not isinstance(records, Records):
            yield from (self.show(records[row]) for row in rows)
            return
        taken = records if len(rows) == len(records) else records.take(rows)
        for entry in taken.entries:
            try:
                yield self.show(taken.item(entry))
            except Exception:  # one file that is gone or broken costs itself alone, whatever a modality raises at it
                yield None

    def show(self, item: Any) -> Preview:
        """Show one item."""
        if isinstance(item, str):
            return one_line(item, self.characters)
        shown: Any = item if _is_picture(item) else self.run.pipeline.modality.preview(item)  # type: ignore[union-attr]  # a run has a modality
        return one_line(shown, self.characters) if isinstance(shown, str) else reduced(shown, self.side)


def one_line(text: str, characters: int = CHARACTERS) -> str:
    """Return the begin of a text on one line; half of a surrogate pair, which no page can hold, is shown as a question mark."""
    line = " ".join(text[: 5 * characters].split()).encode("utf-8", "replace").decode()
    return line if len(line) <= characters and len(text) <= 5 * characters else f"{line[: characters - 1]}…"


def reduced(picture: Any, side: int) -> "Image":
    """Return an array of pixels, or the bytes of an image, in grey or in colour, as a picture that fits into a square of `side` pixels."""
    from PIL import Image

    image = as_image(picture)
    small = image.convert("L" if image.mode in ("1", "L") else "RGB")
    small.thumbnail((side, side), Image.Resampling.BILINEAR)
    return small


def encoded(picture: "Image") -> bytes:
    """Return a picture as a JPEG; what is tiny as a PNG, exact."""
    stream = BytesIO()
    if max(picture.size) <= TINY:
        picture.save(stream, "PNG", compress_level=1)
    else:
        picture.save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()


def as_image(picture: Any) -> "Image":
    """Open the bytes of an image, or an array of pixels, with Pillow."""
    from PIL import Image

    return Image.open(BytesIO(picture)) if isinstance(picture, bytes) else Image.fromarray(np.ascontiguousarray(picture))


def _is_picture(item: Any) -> bool:
    if not isinstance(item, np.ndarray) or item.dtype != np.uint8:
        return False
    return item.ndim == 2 or (item.ndim == 3 and item.shape[2] == 3)


def write_previews(run: FinishedRun) -> Path:
    """Write how every record is shown into ``previews.parquet`` of the run's folder, a row each, where it is not there yet.

    Columns: ``text`` (string) and ``image`` (bytes); in both null where a record cannot be shown. `OSError` where it cannot be written.
    """
    path = run.folder / FILE
    if not _is_of(path, run):
        write_whole(path, lambda stream: _write(stream, run), durable=False)
    return path


def _is_of(path: Path, run: FinishedRun) -> bool:
    """Tell whether a file of previews is that of the run: another run may have been done in the folder since."""
    import pyarrow.parquet as pq

    if not path.is_file() or path.stat().st_mtime_ns < run.table.stat().st_mtime_ns:
        return False
    return bool(pq.read_metadata(path).num_rows == len(run.result.ids))


def _write(stream: BinaryIO, run: FinishedRun) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("text", pa.large_string()), ("image", pa.large_binary())])
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for shown in _in_batches(run):
            texts = [preview if isinstance(preview, str) else None for preview in shown]
            images = [None if preview is None or isinstance(preview, str) else encoded(preview) for preview in shown]
            writer.write_table(pa.table([texts, images], schema=schema))


def _in_batches(run: FinishedRun) -> Iterator[list[Preview]]:
    """Show all records in lists of some; where the source cannot be read, nothing is shown of any."""
    previewer, n = Previewer(run), len(run.result.ids)
    try:
        records = previewer.records()
    except (DataError, OSError) as error:
        report_problem(f"records cannot be shown: {error}")
        yield from _chunks(repeat(None, n))
        return
    yield from _chunks(previewer.shown(records, range(n)))


def _chunks(previews: Iterable[Preview]) -> Iterator[list[Preview]]:
    some: list[Preview] = []
    for preview in previews:
        some.append(preview)
        if len(some) == BATCH:
            yield some
            some = []
    if some:
        yield some
