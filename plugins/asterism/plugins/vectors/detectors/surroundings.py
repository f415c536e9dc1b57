"""What detectors that look at neighbours share: how many there are, and where a new row stands among the training rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, report_problem

from ..neighbours import Neighbours


def n_others(n_neighbors: int, n_rows: int, tell: bool = True) -> int:
    """Return how many neighbours a training row can have, and report it where those are fewer than asked for."""
    if n_neighbors < n_rows:
        return n_neighbors
    if tell:
        report_problem(f"n_neighbors={n_neighbors} is lowered to {n_rows - 1}, as there are {n_rows} records")
    return n_rows - 1


def placed(state: dict[str, Any], X: Matrix, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the training row that each row is a copy of, or -1, with the distances and numbers of its `k` nearest training rows."""
    far, rows = Neighbours.restored(state).nearest(X, k)
    return np.where(far[:, 0] == 0, rows[:, 0], -1), far, rows
