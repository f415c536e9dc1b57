"""Decoding photographs to a small size against Pillow doing it whole and OpenCV doing it reduced; a run with one worker and with two.

ASTERISM_DATA=... python tests/benchmarks/decoding.py
"""

import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from measuring import compare, elapsed
from PIL import Image as Pillow

from asterism.framework import Pipeline, Settings, Stage
from asterism.framework.local import LocalEngine
from asterism.plugins.image.encoders.color_histogram import ColorHistogram
from asterism.plugins.image.modality import Image
from asterism.plugins.image.sizing import images_of

PHOTOS = Path(os.environ.get("ASTERISM_DATA", "")) / "image" / "bsds500"
SIZE = (128, 128)
REDUCED = {
    (128, 128): (cv2.IMREAD_REDUCED_COLOR_2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
    (64, 64): (cv2.IMREAD_REDUCED_COLOR_4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
}
"""What OpenCV calls the smallest decoding of photographs of 481 x 321 pixels that is no smaller than wanted, in colour and grey."""
COPIES = 40
"""Of the 40 photographs, so that starting the workers counts little."""


def by_pillow(mode: str, size: tuple[int, int]) -> None:
    for path in PHOTOS.glob("*.jpg"):
        with Pillow.open(path) as image:
            np.asarray(image.convert(mode).resize(size))  # with its own choice of filter, as everybody writes it


def by_opencv(flag: int, size: tuple[int, int]) -> None:
    for path in PHOTOS.glob("*.jpg"):
        cv2.resize(cv2.imread(str(path), flag), size, interpolation=cv2.INTER_AREA)


def ours(colour: bool, size: tuple[int, int]) -> None:
    for _ in images_of(Image().read(PHOTOS), size, colour=colour):
        pass


def speed() -> None:
    for size, flags in REDUCED.items():
        for colour, mode, flag in zip((True, False), ("RGB", "L"), flags, strict=True):
            name = f"40 photographs to {size[0]} x {size[1]}, {'colour' if colour else 'grey'}"
            decode = partial(ours, colour, size)
            compare(f"{name}, against Pillow", decode, partial(by_pillow, mode, size))
            compare(f"{name}, against OpenCV reduced", decode, partial(by_opencv, flag, size))


def workers() -> None:
    with tempfile.TemporaryDirectory() as name:
        for path in PHOTOS.glob("*.jpg"):
            for copy in range(COPIES):
                shutil.copy(path, Path(name) / f"{path.stem}-{copy}.jpg")

        def run(n_workers: int) -> float:
            pipeline = Pipeline([Stage("colours", ColorHistogram(space="lab", grid=(4, 4), size=SIZE))], modality=Image())
            return elapsed(lambda: pipeline.fit(name, settings=Settings(engine=LocalEngine(workers=n_workers))))

        pairs = [(run(1), run(2)) for _ in range(3)]
        one, two = (min(times) for times in zip(*pairs, strict=True))
        print(f"{40 * COPIES:,} photographs to color_histogram   one worker {one:.2f} s   two {two:.2f} s   ratio {one / two:.2f}")


if __name__ == "__main__":
    speed()
    workers()
