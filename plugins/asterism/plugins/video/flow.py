"""Optical flow between two frames, and what it says of a frame: directions, speeds, and whether things grow or turn."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .clip import Array

Flow: TypeAlias = NDArray[np.float32]
"""How far each pixel moves, right and down, in pixels: shape (height, width, 2)."""
Grid = tuple[int, int]

FASTEST = 90
"""From this percentile of the speeds on, pixels are among the fastest."""
STILL = 0.1
"""Slower pixels, in pixels per frame, are noise of the flow."""


def farneback(before: Array, after: Array) -> Flow:
    """Follow pixels by polynomials that fit their surroundings (Farnebäck 2003)."""
    from cv2 import calcOpticalFlowFarneback

    found: Any = calcOpticalFlowFarneback(before, after, np.empty((*before.shape, 2), np.float32), 0.5, 3, 15, 3, 5, 1.2, 0)
    return np.asarray(found)


def inverse_search() -> Callable[[Array, Array], Flow]:
    """Return what follows pixels by dense inverse search (Kroeger et al. 2016); one for each clip."""
    from cv2 import DISOPTICAL_FLOW_PRESET_MEDIUM, DISOpticalFlow

    search: Any = DISOpticalFlow.create(DISOPTICAL_FLOW_PRESET_MEDIUM)

    def follow(before: Array, after: Array) -> Flow:
        found: Flow = search.calc(before, after, None)
        return found

    return follow


def measured(flow: Flow, grid: Grid, n_bins: int) -> NDArray[np.float64]:
    """Measure each cell of one flow: the speed that goes each way, and of all speeds the mean and where the fastest begin.

    Shape (rows * columns, n_bins + 2).
    """
    speeds, angles = np.hypot(flow[..., 0], flow[..., 1]), np.arctan2(flow[..., 1], flow[..., 0])
    speeds[speeds < STILL] = 0
    # Bins are centred on their directions, so that what moves straight to the right is in one of them.
    bins = np.rint(angles / (2 * np.pi / n_bins)).astype(np.int64) % n_bins
    rows, columns = (np.arange(length) * n // length for length, n in zip(speeds.shape, grid, strict=True))
    cells = rows[:, None] * grid[1] + columns
    n_cells = grid[0] * grid[1]
    totals = np.bincount((cells * n_bins + bins).ravel(), speeds.ravel(), n_cells * n_bins)
    ways = totals.reshape(n_cells, n_bins) / np.bincount(cells.ravel())[:, None]
    fastest = [np.percentile(speeds[cells == cell], FASTEST) for cell in range(n_cells)]
    return np.column_stack([ways, ways.sum(axis=1), fastest])


def around(flow: Flow) -> NDArray[np.float64]:
    """Tell of the motion around its own middle how much leads outward, and how much turns, from 0 to 1, and how fast all is.

    A thing that moves as a whole does neither; one that grows or shrinks leads outward or inward; one that spins turns.
    """
    speeds = np.hypot(flow[..., 0], flow[..., 1])
    speeds[speeds < STILL] = 0
    total = float(speeds.sum())
    if total == 0:
        return np.zeros(3)
    down, across = np.mgrid[: speeds.shape[0], : speeds.shape[1]]
    down, across = (at - float((speeds * at).sum()) / total for at in (down, across))
    moved = speeds > 0
    most = float((speeds * np.hypot(down, across)).sum()) or 1.0
    outward = float(((flow[..., 0] * across + flow[..., 1] * down) * moved).sum()) / most
    turning = float(((flow[..., 1] * across - flow[..., 0] * down) * moved).sum()) / most
    return np.array([abs(outward), abs(turning), total])


def summed_up(cells: NDArray[np.float64], turns: NDArray[np.float64], paces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum up what `measured` and `around` said of many flows.

    For each cell the shares of the directions, then under roots the mean speed, its spread in time, and the mean speed of the fastest;
    for the whole, how much leads outward and how much turns. `paces` makes speeds of the pixels of each flow, for frames are not always
    equally far apart.
    """
    n_bins = cells.shape[2] - 2
    ways = cells[..., :n_bins].sum(axis=0)
    shares = ways / np.maximum(ways.sum(axis=1, keepdims=True), 1e-9)
    speeds, fastest = (cells[..., column] * paces[:, None] for column in (n_bins, n_bins + 1))
    spread = np.sqrt(np.stack([speeds.mean(axis=0), speeds.std(axis=0), fastest.mean(axis=0)], axis=1))
    weight = turns[:, 2] / max(float(turns[:, 2].sum()), 1e-9)
    return np.concatenate([np.hstack([shares, spread]).ravel(), weight @ turns[:, :2]])
