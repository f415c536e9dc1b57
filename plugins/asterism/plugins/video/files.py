"""Clips of video files: which frames are wanted decides how the file is gone through, and not what comes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asterism.framework import DataError, report_problem

from .clip import Clip, Frame, Wanted
from .decoding import formed, frames_in_order, length_of, opened
from .scenes import shot_starts

SPARSE = 10.0
"""Where wanted frames lie so many seconds apart, each is looked up in the file; otherwise all between them are decoded."""
THUMB = (64, 64)
"""Cuts are looked for in frames of this size."""
ROUNDING = 1e-6


@dataclass(frozen=True)
class FileClip(Clip):
    """A span of a video file; nothing of it is opened until frames are asked for."""

    path: Path
    start: float = 0.0
    """Where the clip begins, in seconds."""
    end: float | None = None
    """Where it ends; None: where the video does."""
    max_pixels: int = 2**26
    wanted: Wanted = field(default_factory=Wanted)

    def _frames(self, wanted: Wanted) -> Iterator[Frame]:
        n_frames = 0
        for seconds, frame in self._chosen(wanted):
            n_frames += 1
            yield Frame(max(0.0, seconds - self.start), formed(frame, wanted))
        if not n_frames:
            raise DataError("has not one frame that can be decoded", place=str(self.path), hint="leave it out, or convert it anew")

    def _chosen(self, wanted: Wanted) -> Iterator[tuple[float, Any]]:
        """Yield the frames that are wanted, as they come out of the file, with their times from the beginning of the video."""
        starts = self._shots() if wanted.sample == "scene" else []
        with opened(self.path, self.max_pixels) as (container, stream):
            end = self.end if self.end is not None else length_of(container, stream)
            if wanted.sample in ("all", "key"):
                if wanted.sample == "key":
                    stream.codec_context.skip_frame = "NONKEY"
                yield from self._inside(container, stream, end)
                return
            times = iter(starts) if starts else wanted.times(end - self.start)
            gap = 0.0 if starts else (end - self.start) / wanted.count if wanted.sample == "count" else 1 / wanted.rate
            find = _looked_up if gap > SPARSE or self.start > SPARSE else _passed
            yield from find(container, stream, self.path, [self.start + time for time in times])

    def _inside(self, container: Any, stream: Any, end: float) -> Iterator[tuple[float, Any]]:
        if self.start > SPARSE:
            _seek(container, stream, self.start)
        for seconds, frame in frames_in_order(container, stream, self.path):
            if self.end is not None and seconds >= end - ROUNDING:
                return
            if seconds >= self.start - ROUNDING:
                yield seconds, frame

    def _shots(self) -> list[float]:
        return shot_starts(self.frames(sample="all", size=THUMB, colour=False))


def _passed(container: Any, stream: Any, path: Path, times: list[float]) -> Iterator[tuple[float, Any]]:
    """Yield what is shown at each of the times, in order, each frame once: a frame is shown until the next one comes."""
    waiting, shown, chosen = iter(times), None, None
    time = next(waiting, None)
    for seconds, frame in frames_in_order(container, stream, path):
        while time is not None and shown is not None and seconds > time + ROUNDING:
            if shown is not chosen:
                yield shown
                chosen = shown
            time = next(waiting, None)
        if time is None:
            return
        shown = (seconds, frame)
    if shown is not None and time is not None and shown is not chosen:
        if shown[0] < time - SPARSE:
            report_problem(f"{path}: ends after {shown[0]:.1f} seconds, before the {time:.1f} that it announces")
        yield shown


def _looked_up(container: Any, stream: Any, path: Path, times: list[float]) -> Iterator[tuple[float, Any]]:
    """Yield the same by going to the key frame before each of the times."""
    last = -1.0
    for time in times:
        _seek(container, stream, time)
        found = next(_passed(container, stream, path, [time]), None)
        if found is not None and found[0] > time + ROUNDING:  # the file does not tell well where its key frames are
            container.seek(0)
            found = next(_passed(container, stream, path, [time]), None)
        if found is not None and found[0] > last:
            last = found[0]
            yield found


def _seek(container: Any, stream: Any, seconds: float) -> None:
    container.seek(int(seconds / stream.time_base) + (stream.start_time or 0), stream=stream, backward=True)
