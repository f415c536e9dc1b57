"""From entries that name videos to clips: whole ones, their beginnings, and windows of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import floor
from pathlib import Path
from typing import Any

from asterism.framework import DataError, Entry, report_problem

from .clip import Wanted
from .decoding import opened
from .files import FileClip

WINDOW = re.compile(r"(.*)#t=(\d+\.\d+),(\d+\.\d+)", re.DOTALL)
"""How a span of a file is written (W3C, Media Fragments URI 1.0, 2012)."""
MOST_IDS = 100


@dataclass(frozen=True)
class ClipMaker:
    """Makes clips of what entries hold: a path, or a window as `Spans` writes it. Nothing is opened."""

    wanted: Wanted
    max_seconds: float | None
    max_pixels: int
    table: Path | None = None
    """The table that the paths stand in; None where they were found in a folder."""

    def __call__(self, entry: Entry) -> FileClip:
        """Make a clip; `DataError` where the cell of a table holds no path, or one that leads out of the table's folder."""
        path, start, end = self._parts(entry.content)
        return FileClip(path, start, end, self.max_pixels, self.wanted)

    def file_of(self, entry: Entry) -> Path | None:
        """Tell which file holds the beginning of a video; for later windows it need not be watched, or read for a digest, again."""
        try:
            path, start, _ = self._parts(entry.content)
        except DataError:
            return None
        return None if start else path

    def length(self, content: Any) -> float | None:
        """Tell how long the video is that an entry holds, without decoding; None where it cannot be opened."""
        try:
            with opened(self._parts(content)[0], self.max_pixels) as video:
                return video.length()
        except DataError:
            return None

    def has_sound(self, content: Any) -> bool:
        """Tell whether it has a sound track; one that cannot be opened has none."""
        try:
            with opened(self._parts(content)[0], self.max_pixels) as video:
                return video.has_sound
        except DataError:
            return False

    def _parts(self, content: Any) -> tuple[Path, float, float | None]:
        if isinstance(content, Path):
            return content, 0.0, self.max_seconds
        if isinstance(content, str) and (window := WINDOW.fullmatch(content)):
            return self._path(window[1]), float(window[2]), float(window[3])
        return self._path(content), 0.0, self.max_seconds

    def _path(self, cell: Any) -> Path:
        if self.table is None:
            return Path(cell)
        if not isinstance(cell, str):
            found = "nothing" if cell is None else f"a value of type {type(cell).__name__}"
            raise DataError(f"the path of a video is needed, there is {found}", place=str(self.table), hint="name another `column`")
        if "\0" in cell or not (self._home / cell).resolve().is_relative_to(self._home):
            reason = f"the path {cell!r:.60} leads out of the table's folder"
            raise DataError(reason, place=str(self.table), hint="put the videos beside the table, and name them relative to it")
        return self.table.parent / cell

    @cached_property
    def _home(self) -> Path:
        return (self.table or Path()).parent.resolve()


@dataclass
class Spans:
    """The windows of videos as entries, or the videos themselves with word of how many are longer than `max_seconds`.

    A rest of less than half a window, without the overlap, belongs to the window before it. Of each file only its header is read, or where
    that does not tell how long the video is, its packets.
    """

    videos: Iterable[Entry]
    maker: ClipMaker
    seconds: float | None
    """Length of a window."""
    overlap: float
    lengths: dict[str, float | None] = field(default_factory=dict)
    """What was found out of each video, by its id."""
    is_told: bool = False

    def __iter__(self) -> Iterator[Entry]:
        cut = []
        for video in self.videos:
            length = self._length(video)
            if length is not None and self.maker.max_seconds is not None and length > self.maker.max_seconds:
                cut.append(video.id)
            yield from [video] if self.seconds is None else self._windows(video, length)
        if cut and not self.is_told:
            self.is_told = True
            message = f"of {len(cut):,} videos only the first {self.maker.max_seconds:g} seconds are looked at, as `max_seconds` says"
            report_problem(message, count=len(cut), ids=cut[:MOST_IDS], expected=True)

    def _length(self, video: Entry) -> float | None:
        if video.id not in self.lengths:
            self.lengths[video.id] = self.maker.length(video.content)
        return self.lengths[video.id]

    def _windows(self, video: Entry, length: float | None) -> Iterator[Entry]:
        about = {**(video.about or {}), "parent": video.id}
        if length is None:  # whoever decodes it is told why
            yield Entry(f"{video.id}#0", video.content, video.target, about)
            return
        for number, (start, end) in enumerate(self._spans(min(length, self.maker.max_seconds or length))):
            yield Entry(f"{video.id}#{number}", f"{video.content}#t={start:.6f},{end:.6f}", video.target, about)

    def _spans(self, length: float) -> Iterator[tuple[float, float]]:
        window, step = self.seconds or 0.0, (self.seconds or 0.0) - self.overlap
        n_windows = max(1, floor((length - self.overlap) / step + 0.5 + 1e-9))
        for number in range(n_windows):
            yield number * step, length if number == n_windows - 1 else number * step + window
