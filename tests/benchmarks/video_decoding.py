"""Reading frames of real videos against PyAV and OpenCV, which decode every frame; looking up frames of a film; memory of a long one.

ASTERISM_DATA=... python tests/benchmarks/video_decoding.py
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
from measuring import compare, elapsed, measure

from asterism.plugins.video import files
from asterism.plugins.video.clip import Frame
from asterism.plugins.video.files import FileClip
from asterism.plugins.video.writing import write_video

DATA = Path(os.environ.get("ASTERISM_DATA", "")) / "video"
HOURS = 2
LONG = "from pathlib import Path; from asterism.plugins.video.files import FileClip; FileClip(Path({path!r})).{use}"


def ours(paths: list[Path], **wanted: object) -> Callable[[], int]:
    return lambda: sum(1 for path in paths for _ in FileClip(path).frames(**wanted))


def pyav(paths: list[Path], **form: object) -> Callable[[], int]:
    def read() -> int:
        n_frames = 0
        for path in paths:
            with av.open(str(path)) as container:
                container.streams.video[0].thread_type = "AUTO"
                for frame in container.decode(video=0):
                    frame.to_ndarray(**form)
                    n_frames += 1
        return n_frames

    return read


def opencv(paths: list[Path], colours: int, size: tuple[int, int] | None = None) -> Callable[[], int]:
    def read() -> int:
        n_frames = 0
        for path in paths:
            video = cv2.VideoCapture(str(path))
            while (found := video.read())[0]:
                image = cv2.cvtColor(found[1], colours)
                if size:
                    cv2.resize(image, size, interpolation=cv2.INTER_AREA)
                n_frames += 1
        return n_frames

    return read


def short(paths: list[Path]) -> None:
    peers = {
        "grey": ({"colour": False}, pyav(paths, format="gray"), opencv(paths, cv2.COLOR_BGR2GRAY)),
        "colour": ({"colour": True}, pyav(paths, format="rgb24"), opencv(paths, cv2.COLOR_BGR2RGB)),
        "grey, 64 x 64": (
            {"colour": False, "size": (64, 64)},
            pyav(paths, format="gray", width=64, height=64, interpolation="AREA"),
            opencv(paths, cv2.COLOR_BGR2GRAY, (64, 64)),
        ),
    }
    for name, (form, *others) in peers.items():
        for peer, read in zip(("PyAV", "OpenCV"), others, strict=True):
            compare(f"all, {name}, against {peer}", ours(paths, sample="all", **form), read, rounds=3)
            compare(f"16 of each, {name}, against {peer}", ours(paths, count=16, **form), read, rounds=3)
            compare(f"key frames, {name}, against {peer}", ours(paths, sample="key", **form), read, rounds=3)


def film(path: Path, hours: float, per_second: int) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96), dtype=np.uint8)

    def frames() -> Iterator[Frame]:
        for number in range(round(hours * 3600 * per_second)):
            yield Frame(number / per_second, np.roll(noise, number, axis=number % 2))

    write_video(path, frames())
    return path


def long(folder: Path) -> None:
    path = film(folder / "long.mp4", HOURS, 2)
    looked_up, passed = elapsed(ours([path], count=16)), _passing(lambda: elapsed(ours([path], count=16)))
    print(f"16 frames of {HOURS} hours: looked up {looked_up:.3f} s, all decoded {passed:.3f} s, ratio {looked_up / passed:.2f}")
    short = film(folder / "short.mp4", HOURS / 60, 2)
    for use in ("stack(count=16)", "frames(sample='all')"):
        use = use if use.startswith("stack") else f"{use}.__next__(); [None for _ in FileClip(Path({{path!r}})).{use}]"
        memory = [measure([sys.executable, "-c", LONG.format(path=str(one), use=use.format(path=str(one)))])[1] for one in (short, path)]
        print(f"{use.split('.')[0]:24} peak memory: {memory[0]:.0f} MiB for {HOURS} minutes, {memory[1]:.0f} MiB for {HOURS} hours")


def _passing(work: Callable[[], float]) -> float:
    before, files.SPARSE = files.SPARSE, float("inf")
    try:
        return work()
    finally:
        files.SPARSE = before


if __name__ == "__main__":
    short(sorted(DATA.glob("fight_surv/*/*.mp4")))
    with TemporaryDirectory() as folder:
        long(Path(folder))
