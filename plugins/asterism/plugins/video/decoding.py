"""Frames of a video file: opened safely, found by time, brought to size and colours; damaged ones cost themselves alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from asterism.framework import DataError, report_problem

from .clip import Array, Wanted

PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD")
"""How files begin that name other files or addresses, which FFmpeg would go and fetch."""
LUMA_FORMATS = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "gray", "nv12")
"""Pixel formats whose first plane is how light each pixel is, in 8 bits."""
FULL_RANGE = 2
"""FFmpeg's number for pixels from 0 to 255; others go from 16 to 235."""
TO_FULL_RANGE = np.clip(np.rint((np.arange(256) - 16.0) * 255 / 219), 0, 255).astype(np.uint8)
_HINT = "leave it out, or convert it anew"


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[tuple[Any, Any]]:
    """Open a video file; gives the container and its first video stream. `DataError` names the file where it is none."""
    import av

    try:
        with path.open("rb") as stream:
            _refuse_begin(stream.read(16), path)
            stream.seek(0)
            # The file is handed over open, and no protocol is allowed: whatever it names, nothing else is opened.
            with av.open(stream, options={"protocol_whitelist": "none"}, metadata_errors="replace") as container:
                yield container, _video_of(container, path, max_pixels)
    except av.FFmpegError as error:
        reason = f"is no video that can be read: {error.strerror}"
        raise DataError(reason, place=str(path), hint=_HINT) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", place=str(path), hint=_HINT) from error


def _refuse_begin(begin: bytes, path: Path) -> None:
    if not begin:
        raise DataError("is empty", place=str(path), hint=_HINT)
    if begin.lstrip().startswith(PLAYLISTS):
        raise DataError("is a playlist, which names other files or addresses", place=str(path), hint="name the videos themselves")


def _video_of(container: Any, path: Path, max_pixels: int) -> Any:
    if not container.streams.video:
        kinds = sorted({stream.type for stream in container.streams})
        raise DataError(f"has no video, only {' and '.join(kinds) or 'nothing'}", place=str(path), hint="leave it out")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise DataError("has a codec that is not built in", place=str(path), hint="convert it, such as to h264")
    stream.thread_type = "AUTO"
    pixels = stream.width * stream.height
    if pixels > max_pixels:
        reason = f"has frames of {pixels:,} pixels ({stream.width} x {stream.height}), more than max_pixels={max_pixels}"
        raise DataError(reason, place=str(path), hint="raise `max_pixels` if you trust the file, or leave it out")
    return stream


def length_of(container: Any, stream: Any) -> float:
    """Tell how long the video is, in seconds: as the file says, or else by the times of its packets, without decoding."""
    import av

    if stream.duration:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return float(container.duration / av.time_base)
    ends = [(packet.pts + (packet.duration or 0)) * stream.time_base for packet in container.demux(stream) if packet.pts is not None]
    container.seek(0)
    return float(max(ends, default=0)) - _start(stream)


def frames_in_order(container: Any, stream: Any, path: Path) -> Iterator[tuple[float, Any]]:
    """Decode frame after frame, with the time of each from the beginning of the video; damaged packets are passed over and reported."""
    import av

    damaged = n_frames = 0
    for packet in container.demux(stream):
        try:
            for frame in packet.decode():
                seconds = n_frames / float(stream.average_rate or 25) if frame.time is None else float(frame.time) - _start(stream)
                n_frames += 1
                yield seconds, frame
        except av.InvalidDataError:
            damaged += 1
    if damaged and n_frames:
        report_problem(f"{path}: {damaged} packets are damaged and were passed over")


def _start(stream: Any) -> float:
    return float((stream.start_time or 0) * stream.time_base)


def formed(frame: Any, wanted: Wanted) -> Array:
    """Make an array of a decoded frame, in the size and the colours that are wanted, upright."""
    turns = round(getattr(frame, "rotation", 0) / 90) % 4
    size = wanted.size if wanted.size is None or turns % 2 == 0 else wanted.size[::-1]
    if wanted.colour:
        height, width = size or (frame.height, frame.width)
        image = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()
    else:
        image = _grey(frame, size)
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _grey(frame: Any, size: tuple[int, int] | None) -> Array:
    if frame.format.name not in LUMA_FORMATS:
        height, width = size or (frame.height, frame.width)
        found: Array = frame.reformat(width=width, height=height, format="gray", interpolation="AREA").to_ndarray()
        return found
    plane = frame.planes[0]
    luma: Array = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    is_full = frame.color_range == FULL_RANGE or frame.format.name.startswith(("yuvj", "gray"))
    if size is not None and size != luma.shape:
        from cv2 import INTER_AREA, resize

        luma = resize(luma, size[::-1], interpolation=INTER_AREA)
    if is_full:
        return luma.copy()
    from cv2 import LUT

    stretched: Array = LUT(luma, TO_FULL_RANGE)
    return stretched
