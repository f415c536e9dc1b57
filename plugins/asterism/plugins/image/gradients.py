"""How steeply, and in which direction, each pixel of an image rises."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

LEVELS = 256


def gradients(images: NDArray[np.uint8], orientations: int, *, rooted: bool) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the orientation, as the number of its part of the half circle, and the length of each pixel's gradient.

    Images of shape (n, height, width) or (n, height, width, 3) give two arrays of shape (n, height, width); of three colours the one of the
    longest gradient counts. A gradient is the difference of the neighbours on both sides, 0 at the border. With `rooted`, pixels are
    replaced by their roots first.
    """
    if images.ndim == 4:
        return _steepest(*zip(*(gradients(images[..., colour], orientations, rooted=rooted) for colour in range(3)), strict=True))
    values = np.sqrt(images.astype(np.float64)) if rooted else images.astype(np.int16)
    down, across = np.zeros_like(values), np.zeros_like(values)
    np.subtract(values[:, 2:], values[:, :-2], out=down[:, 1:-1])
    np.subtract(values[:, :, 2:], values[:, :, :-2], out=across[:, :, 1:-1])
    if rooted:
        return _measured(down, across, orientations)
    bins, lengths = _table(orientations)  # differences of 8 bits are few, so each is computed once
    places = (down + np.int16(LEVELS - 1)).astype(np.intp) * bins.shape[1] + across + (LEVELS - 1)
    return np.take(bins, places), np.take(lengths, places)


@cache
def _table(orientations: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Measure every gradient that values of 8 bits can have: two arrays of shape (511, 511)."""
    steps = np.arange(1 - LEVELS, LEVELS, dtype=np.float64)
    return _measured(steps[:, None], steps[None, :], orientations)


def _measured(down: NDArray[np.float64], across: NDArray[np.float64], orientations: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    degrees = np.rad2deg(np.arctan2(down, across)) % 180
    edges = 180.0 / orientations * np.arange(1, orientations)
    return np.searchsorted(edges, degrees, side="right").astype(np.uint8), np.hypot(across, down)


def _steepest(
    bins: tuple[NDArray[np.uint8], ...], lengths: tuple[NDArray[np.float64], ...]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    every = np.stack(lengths)
    best = every.argmax(axis=0)[None]
    return np.take_along_axis(np.stack(bins), best, 0)[0], np.take_along_axis(every, best, 0)[0]
