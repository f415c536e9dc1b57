"""What the tests of videos share: small videos, written as real files."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest


@pytest.fixture
def square() -> Callable[..., Any]:
    """Frames, shape (n, height, width), with a bright square that moves to the right by `step` pixels a frame."""

    def draw(n: int = 30, side: int = 48, step: float = 1.0, shade: int = 30) -> Any:
        frames = np.full((n, side, side), shade, np.uint8)
        for time in range(n):
            left = round(2 + step * time) % (side - 12)
            frames[time, 18:30, left : left + 12] = 220
        return frames

    return draw


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Writes frames as a video file; `times` are those of the frames, in 1/1000 seconds; `faststart` puts the table in front."""

    def write(
        frames: Any, name: str = "film.mp4", *, times: Any = None, codec: str = "libx264", faststart: bool = False, **options: Any
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w", options={"movflags": "faststart"} if faststart else {}) as container:
            stream = container.add_stream(codec, rate=25, options={key: str(value) for key, value in options.items()})
            stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number, image in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="gray" if image.ndim == 2 else "rgb24")
                if times is not None:
                    frame.pts, frame.time_base = int(times[number]), Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return write
