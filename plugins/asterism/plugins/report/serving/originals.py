"""One record as it was read: its text, its picture, and the file that holds it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from asterism.framework import DataError, Entry, Records

from ..previews import as_image
from .failures import GONE, Refused
from .viewed import Viewed

MOST_CHARACTERS = 100_000
MOST_ITEMS = 1000
"""Of a history that is shown."""
SIDE = 1024
"""Pixels along the longer side of a picture, at most."""
WILDCARDS = "*?["
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".txt": "text/plain; charset=utf-8",
}
"""As what a file is sent; any other is bytes that a browser saves and does not look into."""


@dataclass(frozen=True)
class Original:
    """One record of the source.

    Parameters
    ----------
    records
        All of the source: `Records`, or interactions.
    entry
        The record, not decoded yet; None of a history.
    history
        What a user touched.
    """

    records: Any
    entry: Entry | None = None
    history: Sequence[str] = ()

    @cached_property
    def item(self) -> Any:
        """The record, decoded; `DataError` where it cannot be."""
        return self.history if self.entry is None else self.records.item(self.entry)

    @property
    def text(self) -> str | None:
        """The text of the record; of a history its items, one a line; None of anything else."""
        if self.entry is None:
            return "\n".join(self.history[:MOST_ITEMS])
        return self.item if isinstance(self.item, str) else None


@contextmanager
def reading(viewed: Viewed) -> Iterator[None]:
    """Let so few decode at one time; an original that cannot be read any more is `Refused` as gone."""
    try:
        with viewed.decoding:
            yield
    except DataError as error:
        raise Refused(GONE, f"the original cannot be read: {error.reason}", error.hint) from error
    except OSError as error:
        raise Refused(GONE, f"the original cannot be read: {error.strerror or error}") from error


def original_of(viewed: Viewed, row: int, name: str) -> Original:
    """Read the original of the record at `row`; `Refused` where the source is gone, or holds another record there now."""
    records = viewed.records()
    if not isinstance(records, Records):
        return Original(records, history=records[row])
    try:
        entry = next(iter(records.take([row]).entries))
    except (KeyError, IndexError) as error:
        raise Refused(GONE, "the source is shorter than it was when the run read it") from error
    if entry.id != name:
        raise Refused(GONE, "the source holds another record there than the run read")
    return Original(records, entry)


def picture_of(viewed: Viewed, original: Original) -> bytes:
    """Show an image, or a frame of a video, as a PNG of at most 1024 pixels; `Refused` of what cannot be seen."""
    shown = original.item
    if hasattr(shown, "frames"):  # a clip
        shown = next(iter(shown.frames(sample="count", count=1))).image
    elif not hasattr(shown, "dtype"):
        shown = viewed.opened.pipeline.modality.preview(shown)  # type: ignore[union-attr]  # whatever has records has a modality
    if isinstance(shown, str):
        raise Refused(404, "the record is a text, and has no picture")
    image, stream = as_image(shown), BytesIO()
    image.thumbnail((SIDE, SIDE))
    image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def animation_of(viewed: Viewed, original: Original) -> bytes:
    """Show a video as an animated WebP; `Refused` of what does not move."""
    animate = getattr(viewed.opened.pipeline.modality, "animation", None)
    if animate is None:
        raise Refused(404, "the record does not move", "ask for its picture")
    return bytes(animate(original.item))


def file_of(viewed: Viewed, original: Original) -> Path | None:
    """Tell which file is the original, alone; None where there is none. `Refused` where it is gone, or a link leads out of the source."""
    source = viewed.opened.state.get("source")
    file = _named(original, home_of(str(source))) if source else None
    if file is None:
        return None
    try:
        found = file.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise Refused(GONE, f"the file is gone: {file}", "put it back") from error
    if not found.is_relative_to(home_of(str(source)).resolve()):
        raise Refused(403, f"the file leads out of the source: {file}")
    if not found.is_file():
        raise Refused(GONE, f"that is no file any more: {file}")
    return found


def _named(original: Original, home: Path) -> Path | None:
    """Tell which file a record names."""
    content = original.entry and original.entry.content
    if isinstance(content, Path):
        return content
    if isinstance(content, str) and original.records.modality == "image":  # a cell of a table
        return home / content if "\0" not in content else None
    path = None if original.text is not None else getattr(original.item, "path", None)
    return path if isinstance(path, Path) else None


def home_of(source: str) -> Path:
    """Return the folder that all originals lie in: of a pattern, the part before the first wildcard."""
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    marked = [place for place, part in enumerate(path.parts) if any(mark in part for mark in WILDCARDS)]
    return Path(*path.parts[: marked[0]]) if marked and not path.exists() else path.parent
