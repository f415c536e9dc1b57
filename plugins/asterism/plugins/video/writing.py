"""Writing frames as a video file."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .arrays import FRAMES_PER_SECOND
from .clip import Array

CODECS = ("libx264", "mpeg4")
"""The first that is built in is taken."""


def write_video(path: Path, frames: Iterable[Array], rate: int = int(FRAMES_PER_SECOND)) -> None:
    """Write frames, uint8, grey or colour, at so many a second; sides of an odd number of pixels get one more, as codecs want."""
    import av

    name = next(name for name in CODECS if name in av.codecs_available)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(name, rate=rate)
        stream.pix_fmt = "yuv420p"
        for image in frames:
            even = np.pad(_colours(image), ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge")
            if not stream.codec_context.is_open:
                stream.height, stream.width = even.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
        container.mux(stream.encode())


def _colours(image: Array) -> Array:
    return np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
