"""Decoding photographs to 128 x 128 pixels against Pillow doing it whole, and a run over many with one worker and with two.

ASTERISM_DATA=... python tests/benchmarks/decoding.py
"""

import os
import shutil
import tempfile
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
COPIES = 40
"""Of the 40 photographs, so that starting the workers counts little."""


def by_pillow(mode: str) -> None:
    for path in PHOTOS.glob("*.jpg"):
        with Pillow.open(path) as image:
            np.asarray(image.convert(mode).resize(SIZE, Pillow.Resampling.BILINEAR))


def by_opencv(flag: int) -> None:
    for path in PHOTOS.glob("*.jpg"):
        cv2.resize(cv2.imread(str(path), flag), SIZE, interpolation=cv2.INTER_AREA)


def speed() -> None:
    records = Image().read(PHOTOS)
    for colour, mode, flag in ((True, "RGB", cv2.IMREAD_REDUCED_COLOR_2), (False, "L", cv2.IMREAD_REDUCED_GRAYSCALE_2)):
        name = "colour" if colour else "grey"

        def ours(colour: bool = colour) -> None:
            for _ in images_of(records, SIZE, colour=colour):
                pass

        compare(f"40 photographs, {name}, against Pillow", ours, lambda mode=mode: by_pillow(mode))
        compare(f"40 photographs, {name}, against OpenCV reduced by 2", ours, lambda flag=flag: by_opencv(flag))


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
