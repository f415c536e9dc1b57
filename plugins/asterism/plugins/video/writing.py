"""Writing frames as a video file."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import FRAMES_PER_SECOND
from .clip import Array, Frame

CODECS = ("libx264", "mpeg4")
"""The first that is built in is taken."""
TICK = Fraction(1, 30_000)
"""Of a second; 24, 25, 30, 60 and 30,000 / 1,001 frames a second are whole numbers of them."""


def write_video(path: Path, frames: Iterable[Frame]) -> None:
    """Write frames, grey or colour, each at its time; sides of an odd number of pixels get one more, as codecs want."""
    import av

    name = next(name for name in CODECS if name in av.codecs_available)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(name, rate=int(FRAMES_PER_SECOND))
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", TICK
        for seconds, image in frames:
            even = np.pad(_colours(image), ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge")
            if not stream.codec_context.is_open:
                stream.height, stream.width = even.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
            frame.pts, frame.time_base = round(seconds / TICK), TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _colours(image: Array) -> Array:
    return np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
