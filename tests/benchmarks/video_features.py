"""Video features against the same steps by hand with OpenCV, and how well a linear probe tells fights by them; classes only score.

ASTERISM_DATA=... python tests/benchmarks/video_features.py
"""

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from measuring import compare
from skimage.feature import hog
from sklearn.cluster import KMeans
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from asterism.framework import Encoder, Matrix, Records
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.hog import HOG
from asterism.plugins.video.encoders.color_rhythm import ColorRhythm
from asterism.plugins.video.encoders.frames import Frames
from asterism.plugins.video.encoders.optical_flow import OpticalFlow
from asterism.plugins.video.encoders.scene_stats import SceneStats
from asterism.plugins.video.encoders.trajectory import Trajectory
from asterism.plugins.video.modality import Video

FIGHTS = Path(os.environ.get("ASTERISM_DATA", "")) / "video" / "fight_surv"
SIDE = (64, 64)
EDGES = HOG(size=SIDE)
ENCODERS: dict[str, Encoder] = {
    "optical_flow": OpticalFlow(),
    "optical_flow, 2 x 2 cells": OpticalFlow(grid=(2, 2)),
    "optical_flow, 2 x 2 cells, dis": OpticalFlow(grid=(2, 2), method="dis"),
    "optical_flow, 2 x 2 cells, stabilize": OpticalFlow(grid=(2, 2), stabilize=True),
    "trajectory": Trajectory(),
    "frames, mean of hog": Frames(frame_encoder=EDGES, size=SIDE),
    "frames, differences of hog": Frames(frame_encoder=EDGES, size=SIDE, pooling=("differences",)),
    "color_rhythm": ColorRhythm(),
    "scene_stats": SceneStats(),
}


def captured(path: Path, rate: float, size: tuple[int, int], colour: bool = False) -> Iterator[Any]:
    """Read a video as scripts do: every frame is decoded, and the first one after each of the times is taken."""
    capture, number, taken = cv2.VideoCapture(str(path)), 0, 0
    pace = capture.get(cv2.CAP_PROP_FPS) / rate
    while capture.grab():
        if number >= taken * pace:
            taken += 1
            image = cv2.resize(capture.retrieve()[1], size, interpolation=cv2.INTER_AREA)
            yield image if colour else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        number += 1
    capture.release()


def flow_by_hand(path: Path) -> Any:
    ways, speeds, fastest = np.zeros(8), [], []
    for before, after in pairwise(captured(path, 12, SIDE)):
        flow = cv2.calcOpticalFlowFarneback(before, after, None, 0.5, 3, 15, 3, 5, 1.2, 0)
        lengths, angles = cv2.cartToPolar(flow[..., 0], flow[..., 1])
        ways += np.histogram(angles, 8, (0, 2 * np.pi), weights=lengths)[0]
        speeds.append(lengths.mean())
        fastest.append(np.percentile(lengths, 90))
    return np.r_[ways / ways.sum(), np.mean(speeds), np.std(speeds), np.mean(fastest)]


def paths_by_hand(path: Path, length: int = 10) -> Any:
    found, window = [], list[Any]()
    for image in captured(path, 25, (160, 120)):
        window.append(image)
        if len(window) > length:
            points = cv2.goodFeaturesToTrack(window[0], 150, 0.01, 5)
            places = [points]
            for before, after in pairwise(window):
                places.append(cv2.calcOpticalFlowPyrLK(before, after, places[-1], None)[0])
            found.append(np.diff(np.concatenate(places, axis=1), axis=1).reshape(len(points), -1))
            window = window[-1:]
    return np.concatenate(found)


def words_by_hand(paths: list[Path]) -> Any:
    shapes = [paths_by_hand(path) for path in paths]
    words = KMeans(32, n_init=1, max_iter=25, random_state=0).fit(np.concatenate(shapes))
    return [np.bincount(words.predict(each), minlength=32) for each in shapes]


def edges_by_hand(path: Path) -> Any:
    rows = [hog(image, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for image in captured(path, 4, SIDE)]
    return np.mean(rows, axis=0)


def colours_by_hand(path: Path) -> Any:
    means = np.array([image.mean(axis=(0, 1)) for image in captured(path, 8, (32, 32), colour=True)])
    return np.r_[means.ravel(), np.abs(np.fft.rfft(means.mean(axis=1)))]


def shots_by_hand(path: Path) -> Any:
    images = [image.astype(np.int16) for image in captured(path, 8, SIDE)]
    steps = [np.abs(after - before).mean() for before, after in pairwise(images)]
    return np.mean(images), np.std(images), np.mean(steps), np.std(steps)


def speed(clips: Records[Any]) -> None:
    few = clips.head(20)
    paths = [FIGHTS / name for name in few.ids]

    def against(name: str, by_hand: Callable[[Path], Any]) -> None:
        encoder = ENCODERS[name].fit(few)
        compare(f"{name}, 20 clips of 2 seconds", lambda: encoder.transform(few), lambda: [by_hand(path) for path in paths], rounds=3)

    against("optical_flow", flow_by_hand)
    against("frames, mean of hog", edges_by_hand)
    against("color_rhythm", colours_by_hand)
    against("scene_stats", shots_by_hand)
    words = ENCODERS["trajectory"]
    compare("trajectory, 20 clips, words too", lambda: words.fit_transform(few), lambda: words_by_hand(paths), rounds=3)


def probe(rows: Matrix, classes: Any, strength: float) -> tuple[float, float]:
    """Return the accuracies where neighbouring clips, which share a source, are in one of five folds, and with clips in any order."""
    model = make_pipeline(StandardScaler(), LinearSVC(C=strength))
    fold = np.zeros(len(classes), int)
    for name in np.unique(classes):
        for number, places in enumerate(np.array_split(np.flatnonzero(classes == name), 5)):
            fold[places] = number
    together = [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(5)]
    shuffled = [cross_val_score(model, rows, classes, cv=StratifiedKFold(5, shuffle=True, random_state=seed)).mean() for seed in range(5)]
    return float(cross_val_score(model, rows, classes, cv=together).mean()), float(np.mean(shuffled))


def quality(clips: Records[Any]) -> None:
    classes = np.array(clips.targets)
    print("accuracy of a linear probe, folds of neighbours (shuffled), at C = 0.001, 0.01, 0.1, 1")
    for name, encoder in ENCODERS.items():
        rows = encoder.fit_transform(clips)
        told = [probe(rows, classes, strength) for strength in (0.001, 0.01, 0.1, 1)]
        print(f"{name:40}" + "  ".join(f"{together:.3f} ({shuffled:.3f})" for together, shuffled in told), flush=True)


if __name__ == "__main__":
    with problems_to(lambda problem: None):
        fights = Video().read(FIGHTS)
        speed(fights)
        quality(fights)
