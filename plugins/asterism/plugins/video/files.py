"""Clips of video files: which frames are wanted decides how the file is gone through, and not what comes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from math import inf
from pathlib import Path

from asterism.framework import DataError

from .clip import ROUNDING, Clip, Frame, Times, Wanted
from .decoding import Decoded, Former, OpenVideo, opened
from .scenes import Cuts

SPARSE = 10.0
"""Where wanted frames lie so many seconds apart, each is looked up in the file; otherwise all between them are decoded."""
THUMB = Wanted(size=(64, 64), colour=False)
"""Cuts are looked for in such frames."""


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
        form, n_frames = Former(wanted), 0
        with opened(self.path, self.max_pixels, keys_only=wanted.sample == "key") as video:
            for seconds, frame in self._chosen(video, wanted):
                n_frames += 1
                yield Frame(max(0.0, seconds - self.start), form(frame))
        if n_frames:
            return
        if wanted.sample == "count":
            raise DataError("has not one frame that can be decoded", place=str(self.path), hint="leave it out, or convert it anew")
        yield from self._frames(replace(wanted, sample="count", count=1))  # none begins in this span, but one is shown

    def _chosen(self, video: OpenVideo, wanted: Wanted) -> Iterator[Decoded]:
        """Choose the frames that are wanted."""
        if wanted.sample in ("count", "rate"):
            return self._by_time(video, wanted)
        inside = self._inside(video)
        return _first_of_shots(inside) if wanted.sample == "scene" else inside

    def _by_time(self, video: OpenVideo, wanted: Wanted) -> Iterator[Decoded]:
        length = min(video.length(), inf if self.end is None else self.end) - self.start
        times = wanted.times(length, self.start)
        return _looked_up(video, times) if times.step > SPARSE and video.is_indexed else _passed(self._from_start(video), times)

    def _inside(self, video: OpenVideo) -> Iterator[Decoded]:
        """Yield every frame that begins in the span."""
        for decoded in self._from_start(video):
            if self.end is not None and decoded.seconds >= self.end - ROUNDING:
                return
            if decoded.seconds >= self.start - ROUNDING:
                yield decoded

    def _from_start(self, video: OpenVideo) -> Iterator[Decoded]:
        return video.frames_from(self.start) if self.start > SPARSE else video.frames()


def _first_of_shots(frames: Iterable[Decoded]) -> Iterator[Decoded]:
    cuts, small = Cuts(), Former(THUMB)
    return (decoded for decoded in frames if cuts.is_before(small(decoded.frame)))


def _passed(frames: Iterator[Decoded], times: Times) -> Iterator[Decoded]:
    """Yield what is shown at each of the times, each frame once: a frame is shown until the next one comes."""
    place = 0
    for decoded, until in _with_ends(frames):
        if times[place] + ROUNDING < until:
            yield decoded
            place = max(place + 1, times.place_from(until))
            if place >= times.count:
                return


def _looked_up(video: OpenVideo, times: Times) -> Iterator[Decoded]:
    """Yield the same by going to the key frame before each of the times."""
    place = 0
    while place < times.count:
        frames = _with_ends(video.frames_from(times[place]))
        decoded, until = next((found for found in frames if times[place] + ROUNDING < found[1]), (None, inf))
        if decoded is None:
            return
        yield decoded
        place = max(place + 1, times.place_from(until))


def _with_ends(frames: Iterator[Decoded]) -> Iterator[tuple[Decoded, float]]:
    return ((decoded, after.seconds) for decoded, after in pairwise(chain(frames, [Decoded(inf, None)])))
