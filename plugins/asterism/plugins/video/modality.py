"""The modality `video`: files that hold videos, whole or in windows, and a host's own arrays of frames, one record each."""

from collections.abc import Iterable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt

from asterism.framework import DataError, Entry, Modality, Records, report_problem
from asterism.plugins.sources import TableFormat, find_files, format_of, need_file, table_entries

from .arrays import ArrayClip
from .clip import Clip, Sampling, Wanted, check_array
from .spans import ClipMaker, Spans
from .writing import write_video

SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".3gp", ".ogv", ".gif")
COLUMNS = ("column", "id", "target", "names")
"""Fields that folders have no use for."""
PREVIEW_PIXELS = 128
PREVIEW_FRAMES = 12
PREVIEW_SECONDS = 2.0

Side = Annotated[int, Ge(1)]


class Video(Modality[Clip]):
    """Videos from files, from tables of paths, or a host's own arrays; each frame is decoded when somebody asks for it, and not kept.

    An item is a clip: a whole video, or with `windows` a span of it. What the fields say of frames is what an encoder gets that asks for
    nothing else. Every format that FFmpeg reads is read, GIF too; a video that was filmed on its side is turned upright; sound is ignored.
    No more than a few frames of a video are in memory.

    Raises `DataError` where the source is missing or empty, and, when frames are reached, where a file is damaged, has no frame, or has
    frames that are too large. Damaged packets in a video are passed over and reported.
    """

    modality = "video"

    format: Literal["auto", "folder", "csv", "tsv", "jsonl", "parquet"] = "auto"
    """What the source is; "auto" goes by the ending. "folder" is also one video, or a glob."""
    column: str | None = None
    """Column of a table that holds the path of each video, relative to the table; "video" where this is left out."""
    id: str | None = None
    """Column that holds the ids; left out, rows are numbered from 0 and files are called by their path."""
    target: str | None = None
    """Column that holds the known class, which only scores; in a folder the class is the first sub-folder."""
    names: tuple[str, ...] | None = None
    """Names of the columns of a CSV or TSV file that has no header line."""
    encoding: str = "auto"
    """Codec of a CSV, TSV or JSON Lines table, such as cp1252; "auto" goes by the byte order mark, else it is UTF-8."""
    frames: Sampling = "count"
    """Which frames an item has: "all"; "count", `n_frames` of them evenly spaced; "rate", `frame_rate` a second; "key", those that the
    codec stores whole; "scene", the first of each shot."""
    n_frames: Annotated[int, Ge(1)] = 16
    """How many frames, by count."""
    frame_rate: Annotated[float, Gt(0)] = 4.0
    """How many frames a second, by rate."""
    size: tuple[Side, Side] | None = None
    """Height and width, in pixels, that frames are brought to; None leaves them as they are."""
    mode: Literal["colour", "grey"] = "colour"
    """Give frames in red, green and blue, or in grey."""
    windows: Annotated[float, Gt(0)] | None = None
    """Cut each video into windows of so many seconds, each a record "<id>#<number>"; results are rolled up to the videos. What is left at
    the end is a window of its own where it is at least half of one, else the last window is longer."""
    overlap: Annotated[float, Ge(0)] = 0.0
    """How many seconds a window has in common with the next."""
    max_seconds: Annotated[float, Gt(0)] | None = None
    """Look at this much of each video at most, from its beginning."""
    max_pixels: Annotated[int, Ge(1)] = 2**26
    """Refuse a video whose frames have more pixels than this."""

    def read(self, source: str | Path | Iterable[Any]) -> Records[Clip]:
        if isinstance(source, Records):
            return source
        self._refuse_contradictions()
        if not isinstance(source, str | Path):
            return Records(_clips_of_host(source), partial(_own, self._wanted), modality=self.modality)
        read_as = _read_as(source) if self.format == "auto" else self.format
        self._refuse_columns(read_as, source)
        entries = find_files(source, SUFFIXES) if read_as == "folder" else self._rows(source, read_as)
        maker = ClipMaker(self._wanted, self.max_seconds, self.max_pixels, None if read_as == "folder" else need_file(source))
        _tell_of_sound(entries, maker)
        if self.windows is not None or self.max_seconds is not None:
            entries = Spans(entries, maker, self.windows, self.overlap)
        return Records(entries, maker, modality=self.modality)

    def preview(self, item: Any) -> bytes:
        """Return the bytes of a PNG of at most 128 x 128 pixels: the frame in the middle."""
        return _picture(next(iter(_clip(item).frames(sample="count", count=1))).image)

    def animation(self, item: Any) -> bytes:
        """Return the bytes of an animated WebP of at most 128 x 128 pixels: frames evenly spaced, in two seconds."""
        from PIL import Image

        pictures = [_small(frame.image) for frame in _clip(item).frames(sample="count", count=PREVIEW_FRAMES)]
        stream, shown = BytesIO(), int(1000 * PREVIEW_SECONDS / len(pictures))
        first: Image.Image = pictures[0]
        first.save(stream, "WEBP", save_all=True, append_images=pictures[1:], duration=shown, loop=0)
        return stream.getvalue()

    def write(self, items: Sequence[Any], folder: Path) -> list[Path]:
        """Write every frame of clips to mp4 files, which keep the times, and nearly what the frames show."""
        folder.mkdir(parents=True, exist_ok=True)
        digits = len(str(max(len(items) - 1, 0)))  # with leading zeros, so that the files sort in the order of the items
        paths = [folder / f"{number:0{digits}}.mp4" for number in range(len(items))]
        for path, item in zip(paths, items, strict=True):
            write_video(path, _clip(item).frames(sample="all", colour=True))
        return paths

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.frames, self.n_frames, self.frame_rate, self.size, self.mode == "colour")

    def _rows(self, source: str | Path, read_as: TableFormat) -> Iterable[Entry]:
        return table_entries(
            need_file(source),
            self.column or "video",
            ids=self.id,
            targets=self.target,
            table_format=read_as,
            names=self.names,
            encoding=self.encoding,
        )

    def _refuse_columns(self, read_as: str, source: str | Path) -> None:
        for name in COLUMNS:
            if read_as == "folder" and getattr(self, name) is not None:
                hint = f"leave `{name}` out, or declare `format` as csv, tsv, jsonl or parquet"
                raise DataError(f"read as {read_as}, which has no use for `{name}`", place=str(source), hint=hint)

    def _refuse_contradictions(self) -> None:
        if self.overlap and (self.windows is None or self.overlap >= self.windows):
            rule = "needs `windows`" if self.windows is None else f"must be less than `windows`, {self.windows:g}"
            raise DataError(f"`overlap` {rule} (got {self.overlap:g})", hint="lower it, or leave it out")


def _read_as(source: str | Path) -> Literal["folder"] | TableFormat:
    by_ending = format_of(source)
    return "folder" if by_ending in ("lines", None) or Path(source).is_dir() else by_ending


def _tell_of_sound(entries: Iterable[Entry], maker: ClipMaker) -> None:
    first = next(iter(entries))
    if maker.has_sound(first.content):
        report_problem(f"'{first.id}' has sound; that of videos is ignored", ids=[first.id], expected=True)


def _clips_of_host(source: Any) -> list[Entry]:
    clips = list(source) if isinstance(source, Iterable) else [source]
    if not clips:
        raise DataError("the source is empty: there is not one clip", hint="give it at least one")
    return [Entry(str(row), clip if isinstance(clip, Clip) else check_array(clip, row)) for row, clip in enumerate(clips)]


def _own(wanted: Wanted, entry: Entry) -> Clip:
    return entry.content if isinstance(entry.content, Clip) else ArrayClip(entry.content, wanted)


def _clip(item: Any) -> Clip:
    return item if isinstance(item, Clip) else ArrayClip(check_array(item, 0))


def _small(image: Any) -> Any:
    from PIL import Image

    picture = Image.fromarray(image)
    picture.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
    return picture


def _picture(image: Any) -> bytes:
    stream = BytesIO()
    _small(image).save(stream, "PNG")
    return stream.getvalue()
