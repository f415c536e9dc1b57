"""Video files, opened safely: how long one is, its frames with their times, and frames as arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_SET, FileIO
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from asterism.framework import DataError, report_problem

from .clip import ROUNDING, Array, Wanted

PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD")
"""How files begin that name other files or addresses."""
INDEXED = ("mov", "matroska")
"""Formats, as FFmpeg calls them, that state how long they are and where their key frames lie; of others both is an estimate."""
LEAST_BYTES = 0.1
"""No video has less for a second."""
_HINT = "leave it out, or convert it anew"


class Decoded(NamedTuple):
    """A frame as it comes out of a file."""

    seconds: float
    """When it is shown, from the beginning of the video."""
    frame: Any
    """PyAV's."""


@dataclass(frozen=True)
class OpenVideo:
    """A video file that is open."""

    path: Path
    max_pixels: int
    container: Any
    stream: Any

    @property
    def is_indexed(self) -> bool:
        """True where a time can be looked up in it."""
        return str(self.container.format.name).split(",")[0] in INDEXED

    @property
    def has_sound(self) -> bool:
        """True where there is a sound track beside the pictures."""
        return bool(self.container.streams.audio)

    def length(self) -> float:
        """Tell how long the video is, in seconds: as the file states, or else by the times of its packets, none of which is decoded."""
        stated = self.stated_length()
        length = self._length_of_packets() if stated is None else stated
        if length * LEAST_BYTES > self.container.size:
            raise DataError(f"is too small for the {length:,.0f} seconds that it states", place=str(self.path), hint=_HINT)
        return length

    def _length_of_packets(self) -> float:
        with opened(self.path, self.max_pixels) as again:  # this one stays where it is
            spans = list(again.spans())
        return max((end for _, end in spans), default=0.0) - min((begin for begin, _ in spans), default=0.0)

    def stated_length(self) -> float | None:
        """Tell how long the file says that it is, in seconds; None where it does not say, or only guesses."""
        import av

        if not self.is_indexed:
            return None
        if self.stream.duration:
            return float(self.stream.duration * self.stream.time_base)
        return float(self.container.duration / av.time_base) if self.container.duration else None

    def spans(self) -> Iterator[tuple[float, float]]:
        """Yield from when until when each packet is shown."""
        for packet in self._packets():
            begin = packet.dts if packet.pts is None else packet.pts
            if begin is not None:
                yield float(begin * packet.time_base), float((begin + (packet.duration or 0)) * packet.time_base)

    def frames(self) -> Iterator[Decoded]:
        """Decode frame after frame from where the file stands; damaged packets are passed over and reported, and so is an early end."""
        damaged, begin, until, pause = 0, self._begin if self.is_indexed else None, 0.0, 0.0
        for packet in self._packets():
            try:
                found = packet.decode()
            except _damages():
                damaged += 1
                continue
            for frame in found:
                time = until if frame.time is None else float(frame.time)
                begin = time if begin is None else begin
                pause = max(0.04 if frame.duration is None else float(frame.duration * frame.time_base), time - begin - until)
                until = time - begin + pause
                yield Decoded(time - begin, frame)
        self._report(damaged, until)

    def frames_from(self, seconds: float) -> Iterator[Decoded]:
        """Decode from the last key frame on that is shown at a time or before it."""
        if self.is_indexed:
            self._go_to(seconds)
            found = self.frames()
            first = next(found, None)
            if first is not None and first.seconds <= seconds + ROUNDING:
                return chain([first], found)
            self._go_to(0)  # the file does not tell well where its key frames are
        return self.frames()

    def _packets(self) -> Iterator[Any]:
        try:
            yield from self.container.demux(self.stream)
        except IndexError:  # another stream came up in the midst of the file; PyAV finds at the end that it has no such stream
            return

    @property
    def _begin(self) -> float:
        return float((self.stream.start_time or 0) * self.stream.time_base)

    def _go_to(self, seconds: float) -> None:
        self.container.seek(int((seconds + self._begin) / self.stream.time_base), stream=self.stream, backward=True)

    def _report(self, damaged: int, until: float) -> None:
        if damaged and until:
            report_problem(f"{self.path}: {damaged} packets are damaged and were passed over")
        stated = self.stated_length()
        if stated and 0 < until < stated - 1 and self.stream.codec_context.skip_frame == "DEFAULT":
            report_problem(f"{self.path}: the pictures end after {until:.1f} of the {stated:.1f} seconds that the file states")


class _Content(FileIO):
    """A file that says -1 where a damaged header sends it to a place that no file has: PyAV would print the exception."""

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go to a place, as `FileIO` does."""
        try:
            return super().seek(offset, whence)
        except (OSError, OverflowError):
            return -1


@contextmanager
def opened(path: Path, max_pixels: int, *, keys_only: bool = False) -> Iterator[OpenVideo]:
    """Open a video file, with `keys_only` for those frames alone that are stored whole; `DataError` names the file where it is none."""
    import av

    try:
        with _Content(path) as content:
            _refuse_begin(content.read(64), path)
            content.seek(0)
            # The file is handed over open, and no protocol is allowed: whatever it names, nothing else is opened.
            options = {"protocol_whitelist": "none", "max_pixels": str(max_pixels)}
            with av.open(content, options=options, metadata_errors="replace") as container:
                yield OpenVideo(path, max_pixels, container, _video_of(container, path, max_pixels, keys_only))
    except av.FFmpegError as error:
        reason = f"is no video that can be read: {error.strerror}"
        raise DataError(reason, place=str(path), hint=_HINT) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", place=str(path), hint=_HINT) from error


def _refuse_begin(begin: bytes, path: Path) -> None:
    if not begin:
        raise DataError("is empty", place=str(path), hint=_HINT)
    if begin.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(PLAYLISTS):
        raise DataError("is a playlist, which names other files or addresses", place=str(path), hint="name the videos themselves")


def _video_of(container: Any, path: Path, max_pixels: int, keys_only: bool) -> Any:
    """Return the first video stream, ready to decode; a cover picture is none."""
    from av.stream import Disposition

    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        kinds = sorted({stream.type for stream in container.streams} - {"video"})
        raise DataError(f"has no video, only {' and '.join(kinds) or 'nothing'}", place=str(path), hint="leave it out")
    stream = streams[0]
    codec = stream.codec_context
    if codec is None:
        raise DataError("has a codec that is not built in", place=str(path), hint="convert it, such as to h264")
    pixels = codec.width * codec.height
    if pixels > max_pixels:
        reason = f"has frames of {pixels:,} pixels ({codec.width} x {codec.height}), more than max_pixels={max_pixels}"
        raise DataError(reason, place=str(path), hint="raise `max_pixels` if you trust the file, or leave it out")
    codec.options = {"max_pixels": str(max_pixels)}  # frames can grow in the middle of a video
    codec.thread_type = "SLICE" if keys_only else "AUTO"  # with few frames, threads take longer to start than they save
    if keys_only:
        codec.skip_frame = "NONKEY"
    return stream


def _damages() -> tuple[type[Exception], ...]:
    import av

    return (av.InvalidDataError, av.PatchWelcomeError)


class Former:
    """Makes arrays of decoded frames: upright, in the colours that are wanted, and all in one size, which may be that of the first."""

    def __init__(self, wanted: Wanted) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformat = VideoReformatter().reformat  # one for all frames, because it keeps its tables
        self._size, self._format = wanted.size, "rgb24" if wanted.colour else "gray"

    def __call__(self, frame: Any) -> Array:
        """Make an array of one frame; grey is from 0 to 255, whichever range the file has."""
        turns = round(frame.rotation / 90) % 4
        if self._size is None:
            self._size = _turned((frame.height, frame.width), turns)
        height, width = _turned(self._size, turns)
        formed: Any = self._reformat(frame, width=width, height=height, format=self._format, interpolation="AREA", threads=1)
        image: Array = formed.to_ndarray()
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _turned(size: tuple[int, int], turns: int) -> tuple[int, int]:
    return size[::-1] if turns % 2 else size
