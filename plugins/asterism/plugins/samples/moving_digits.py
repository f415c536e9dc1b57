"""The sample `moving_digits`: short videos of handwritten digits that move in six ways."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 64
N_FRAMES = 32
PER_MOTION = 20
DIGIT = 24
"""Side of a digit in the middle of its motion, in pixels."""

Place = tuple[float, float, float, float]
"""Row and column of the middle, both in pixels from that of the frame, size as a factor, angle in degrees."""


def _across(turn: float) -> Place:
    return 0, 16 * np.sin(turn), 1, 0


def _up_and_down(turn: float) -> Place:
    return 16 * np.sin(turn), 0, 1, 0


def _circle(turn: float) -> Place:
    return 14 * np.sin(turn), 14 * np.cos(turn), 1, 0


def _zoom(turn: float) -> Place:
    return 0, 0, 1.3 + 0.6 * np.sin(turn), 0


def _spin(turn: float) -> Place:
    return 0, 0, 1.3, np.degrees(turn)


def _still(turn: float) -> Place:
    return 0, 0, 1.3, 0


MOTIONS: dict[str, Callable[[float], Place]] = {
    "across": _across,
    "circle": _circle,
    "spin": _spin,
    "still": _still,
    "up_and_down": _up_and_down,
    "zoom": _zoom,
}
"""Where a digit is at each part of a turn, from 0 to 2 pi."""


def write_moving_digits(folder: Path) -> Path:
    """Write 120 videos of 64 x 64 pixels and 32 frames as ``moving_digits/<motion>/<number>.mp4``; return the folder of the motions.

    In each one of scikit-learn's digits moves once or twice around, from a place, in a direction and over a ground of its own. The digits
    are from Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
    """
    from sklearn.datasets import load_digits

    digits = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)  # they come as 0 to 16
    random = np.random.default_rng(0)
    root = folder / "moving_digits"
    for name, motion in MOTIONS.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(PER_MOTION):
            _write(root / name / f"{number:02}.mp4", _frames(digits[random.integers(len(digits))], motion, random))
    return root


def _frames(digit: NDArray[np.uint8], motion: Callable[[float], Place], random: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    from PIL import Image

    picture = Image.fromarray(digit).resize((DIGIT, DIGIT), Image.Resampling.BICUBIC)
    begin, turns, ground = random.uniform(0, 2 * np.pi), random.choice([-1, 1]) * random.uniform(1, 2), int(random.integers(0, 40))
    for time in range(N_FRAMES):
        row, column, size, angle = motion(begin + 2 * np.pi * turns * time / N_FRAMES)
        moved = picture.resize((round(DIGIT * size),) * 2, Image.Resampling.BILINEAR).rotate(angle, Image.Resampling.BILINEAR)
        frame = Image.new("L", (SIDE, SIDE), ground)
        left, top = (round(SIDE / 2 + offset - moved.width / 2) for offset in (column, row))
        frame.paste(255, (left, top), moved)
        yield np.asarray(frame)


def _write(path: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    import av

    name = next(name for name in ("libx264", "mpeg4") if name in av.codecs_available)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(name, rate=16)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        container.mux(stream.encode())
