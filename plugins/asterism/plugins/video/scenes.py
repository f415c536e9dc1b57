"""Where one shot ends and the next begins."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .clip import Array, Frame

BINS = 16
THUMB = 16
"""Frames are compared by means over so many cells in each direction."""
LEAST = 12.0
"""Between two shots the cells differ by at least so many of 256 levels on average ..."""
TIMES = 4.0
"""... and by so many times what they differed by lately, so that fast motion is no cut."""
LEAST_SHARE = 0.25
"""The shares of pixels of each level of light differ by at least this much in sum."""
MEMORY = 0.8
"""How much of what is known of the motion is kept from frame to frame."""


class Cuts:
    """Tells frame after frame whether a cut lies before it, as it does before the first.

    That is where a frame differs suddenly from the one before: both in what stands where, and in how light and dark are shared out (after
    Boreczky and Rowe, "Comparison of video shot boundary detection techniques", SPIE 1996). Slow fades are not found.
    """

    def __init__(self) -> None:
        self._before: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._motion = 0.0

    def is_before(self, image: Array) -> bool:
        """Look at the next frame."""
        cells, levels = _thumb(image), _levels(image)
        before, self._before = self._before, (cells, levels)
        if before is None:
            return True
        step = float(np.abs(cells - before[0]).mean())
        if step > max(LEAST, TIMES * self._motion) and np.abs(levels - before[1]).sum() > LEAST_SHARE:
            return True
        self._motion = MEMORY * self._motion + (1 - MEMORY) * step
        return False


def shot_starts(frames: Iterable[Frame]) -> list[float]:
    """Return the times, in seconds, at which shots begin; the first one is that of the first frame."""
    cuts = Cuts()
    return [seconds for seconds, image in frames if cuts.is_before(image)]


def _thumb(image: Array) -> NDArray[np.float64]:
    """Return the means of a grid of cells."""
    grey = image if image.ndim == 2 else image.mean(axis=2)
    rows, columns = (np.linspace(0, length, min(THUMB, length) + 1).astype(int)[:-1] for length in grey.shape)
    sums = np.add.reduceat(np.add.reduceat(grey.astype(np.float64), rows, axis=0), columns, axis=1)
    heights, widths = (np.diff(np.r_[starts, length]) for starts, length in zip((rows, columns), grey.shape, strict=True))
    return np.asarray(sums / np.outer(heights, widths))


def _levels(image: Array) -> NDArray[np.float64]:
    """Return the shares of the levels of light."""
    return np.bincount((image >> 4).ravel(), minlength=BINS) / image.size
