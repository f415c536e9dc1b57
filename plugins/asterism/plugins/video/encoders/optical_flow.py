"""The encoder `optical_flow`: where, which way and how fast things move in a video."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix

from ..clip import Clip
from ..flow import Flow, around, farneback, inverse_search, measured, summed_up
from ..rows import of_clips, stacked

Count = Annotated[int, Ge(1)]
SHORTEST = 1e-3
"""Frames that a file shows at one time are taken to be so many seconds apart."""


class OpticalFlow(Encoder):
    """Follow every pixel from frame to frame, and tell for each cell of a grid how much moves which way, how fast and how unevenly.

    Clips, looked at in grey, to float32, shape (n_clips, rows * columns * (n_bins + 3) + 2). For each cell: the shares of `n_bins`
    directions in all motion, weighted by speed; then under roots the mean speed, its spread in time, and the mean speed of the fastest
    tenth, in frame heights per second. In the end, for the whole frame: how much of the motion leads outward, and how much turns, from 0 to
    1.

    There is nothing to learn. Raises `DataError` where `grid` has more cells than `size` has pixels.

    Poor choice where the camera moves more than what it films, unless `stabilize` is on, and where a single
    frame tells all.

    Sources: Farnebäck, "Two-frame motion estimation based on polynomial expansion", SCIA 2003; Kroeger et al., "Fast optical flow using
    dense inverse search", ECCV 2016; Dalal, Triggs and Schmid, "Human detection using oriented histograms of flow and appearance", ECCV
    2006.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    method: Literal["farneback", "dis"] = "farneback"
    """How pixels are followed: "farneback" (polynomials) or "dis" (dense inverse search, faster)."""
    size: tuple[Annotated[int, Ge(16)], Annotated[int, Ge(16)]] = (64, 64)
    """Height and width, in pixels, that frames are brought to first."""
    frame_rate: Annotated[float, Gt(0)] = 12.0
    """How many frames a second are looked at."""
    n_bins: Annotated[int, Ge(2)] = 8
    """Into how many parts the circle of directions is cut; the first is centred on the way to the right."""
    grid: tuple[Count, Count] = (1, 1)
    """Rows and columns of cells that the frame is cut into."""
    stabilize: bool = False
    """Take the median motion out of each pair of frames: that of the camera."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        if self.grid[0] > self.size[0] or self.grid[1] > self.size[1]:
            reason = f"a grid of {self.grid[0]} x {self.grid[1]} cells has no room in frames of {self.size[0]} x {self.size[1]} pixels"
            raise DataError(reason, hint="lower `grid`, or raise `size`")
        return stacked(of_clips(records, self._told))

    def _told(self, clip: Clip) -> NDArray[np.float64]:
        found = [(pace, measured(flow, self.grid, self.n_bins), around(flow)) for pace, flow in self._flows(clip)]
        if not found:  # of one frame nothing moves
            return np.zeros(self.grid[0] * self.grid[1] * (self.n_bins + 3) + 2)
        paces, cells, turns = (np.stack(parts) for parts in zip(*found, strict=True))
        return summed_up(cells, turns, paces)

    def _flows(self, clip: Clip) -> Iterator[tuple[float, Flow]]:
        """Yield the flow from each frame to the next, with what makes frame heights per second of its pixels."""
        follow = farneback if self.method == "farneback" else inverse_search()
        frames = clip.frames(sample="rate", rate=self.frame_rate, size=self.size, colour=False)
        for before, after in pairwise(frames):
            flow = follow(before.image, after.image)
            pace = 1 / (max(after.seconds - before.seconds, SHORTEST) * self.size[0])
            yield pace, flow - np.median(flow, axis=(0, 1)).astype(np.float32) if self.stabilize else flow
