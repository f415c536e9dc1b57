"""How far "near" reaches around a row: the width of a falling curve, with which a row has as many neighbours as wanted."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From one width per row, shape (n,), how many neighbours each row then has, shape (n,); it rises with the width."""

ROUNDS = 64
"""Halvings of the interval: more would not change a float64."""
NEAR_ENOUGH = 1e-5
"""The search ends this near to the number wanted, as umap-learn's and scikit-learn's do."""


def search_widths(neighbours: Curve, wanted: float, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each row, the width with which it has the `wanted` number of neighbours, or one that comes as near as can be.

    The search begins at the widths `start`, shape (n,), doubles them until they are too large, and then halves the interval.
    """
    low, width, high = np.zeros(len(start)), start, np.full(len(start), np.inf)
    for _ in range(ROUNDS):
        found = neighbours(width)
        if (done := np.abs(found - wanted) < NEAR_ENOUGH).all():
            break
        low, high = np.where(found > wanted, low, width), np.where(found > wanted, width, high)
        further = np.where(np.isinf(high), 2 * width, (low + np.where(np.isinf(high), low, high)) / 2)
        width = np.where(done, width, further)
    return width
