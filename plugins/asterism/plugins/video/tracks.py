"""Points that are followed through a clip, and the paths that they take."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clip import Array, Frame

QUALITY = 0.01
"""Corners weaker than this share of the strongest are not followed."""
LEAST_STEP = 0.2
"""A path with shorter steps than this on average, in pixels, is of something that stands still."""


def paths(frames: Iterator[Frame], length: int, n_points: int, distance: int) -> NDArray[np.float32]:
    """Follow corners for `length` steps, then look for new ones; return the shapes of the paths that move, shape (n_paths, 2 * length).

    A shape is the steps, right and down, divided by the length of the whole path (Wang et al. 2011).
    """
    found: list[NDArray[np.float32]] = []
    window: list[Array] = []
    for _, image in frames:
        window.append(image)
        if len(window) == length + 1:
            found.append(_followed(window, n_points, distance))
            window = window[-1:]
    return np.concatenate(found) if found else np.zeros((0, 2 * length), np.float32)


def _followed(images: list[Array], n_points: int, distance: int) -> NDArray[np.float32]:
    from cv2 import calcOpticalFlowPyrLK, goodFeaturesToTrack

    points: Any = goodFeaturesToTrack(images[0], n_points, QUALITY, distance)
    if points is None:
        return np.zeros((0, 2 * (len(images) - 1)), np.float32)
    places, kept = [points], np.ones(len(points), bool)
    for before, after in pairwise(images):
        points, status, _ = calcOpticalFlowPyrLK(before, after, places[-1], np.empty_like(points))
        kept &= status.ravel() == 1
        places.append(points)
    steps = np.diff(np.concatenate(places, axis=1)[kept], axis=1)
    return _shapes(steps)


def _shapes(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(steps, axis=2).sum(axis=1)
    moves = lengths > LEAST_STEP * steps.shape[1]
    shapes: NDArray[np.float32] = (steps[moves] / lengths[moves, None, None]).reshape(-1, 2 * steps.shape[1])
    return shapes
