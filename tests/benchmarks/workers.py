"""Two worker processes against one and none, on what they are for: photographs that are decoded and brought to a few pixels.

The photographs are made on the spot. Each way is measured in turn, several times, and the ratio is that of the smallest times, since a
shared machine only ever adds to them. Starting and ending the processes is part of what is measured.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image as Pillow

from asterism.framework import Entry
from asterism.framework.local import LocalEngine
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.modality import Image

PHOTOGRAPHS, WIDTH, HEIGHT = 400, 1600, 1200
BATCH = 16
ROUNDS = 3
ENGINES = (LocalEngine(), LocalEngine(workers=1, timeout=600), LocalEngine(workers=2))
"""No process, one and two: a timeout asks for a process. One that only works on batches keeps its memory better, so that the second
core and the process by itself are told apart."""


@dataclass(frozen=True)
class Encode:
    """Decodes a batch of entries and encodes the images: what a run does with a batch."""

    decode: Callable[[Entry], Any]
    encoder: Pixels

    def __call__(self, batch: list[Entry]) -> Any:
        """Give the rows of one batch."""
        return self.encoder.transform([self.decode(entry) for entry in batch])


def make_photographs(folder: Path) -> None:
    """Write images with gradients, a disc and noise, which take as long to decode as photographs do."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    noise = random.normal(0, 12, (HEIGHT, WIDTH, 3)).astype(np.float32)
    for number in range(PHOTOGRAPHS):
        y, x, slope = random.integers(HEIGHT), random.integers(WIDTH), random.uniform(-0.1, 0.1, 3)
        disc = 80 * ((rows - y) ** 2 + (columns - x) ** 2 < 300**2)
        pixels = 100 + disc[:, :, None] + slope * (columns - x)[:, :, None] + np.roll(noise, (y, x), (0, 1))
        Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number:03}.jpg", quality=85)


def measure(engine: LocalEngine, function: Encode, batches: list[list[Entry]]) -> tuple[float, bytes]:
    """Time one map over all batches; also its answers, as bytes."""
    begin = time.perf_counter()
    answers = list(engine.map(function, batches))
    return time.perf_counter() - begin, np.concatenate(answers).tobytes()


def main() -> None:
    """Print the times and their ratio."""
    with TemporaryDirectory() as name:
        make_photographs(Path(name))
        records = Image().read(name)
        entries = list(records.entries)
        batches = [entries[start : start + BATCH] for start in range(0, len(entries), BATCH)]
        function = Encode(records.decode, Pixels(size=(64, 64), colour=True))
        rounds = [[measure(engine, function, batches) for engine in ENGINES] for _ in range(ROUNDS)]
    assert len({answer for each in rounds for _, answer in each}) == 1, "the answer depends on the number of workers"
    none, one, two = (min(seconds for seconds, _ in way) for way in zip(*rounds, strict=True))
    size = f"{PHOTOGRAPHS} photographs of {WIDTH} x {HEIGHT}"
    print(f"{size}: here {none:.2f} s   1 process {one:.2f} s   2 processes {two:.2f} s")
    print(f"workers=1 / workers=2: {none / two:.2f}   of it by the second core: {one / two:.2f}")


if __name__ == "__main__":
    main()
