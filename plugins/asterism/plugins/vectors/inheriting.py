"""New rows inherit the group of a training row: what clusterers without a rule of their own share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix

from .neighbours import Neighbours


def by_size(labels: Labels) -> Labels:
    """Number groups anew by falling size, and those of one size by their first row; -1 stays."""
    found, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    numbers = np.full(int(found.max(initial=-1)) + 2, -1)  # the last entry is for -1
    numbers[found[np.lexsort((first, -sizes))]] = np.arange(len(found))
    return numbers[labels]


def one_group_for_equals(index: Neighbours, labels: Labels) -> Labels:
    """Give rows that are equal the group of the first of them, so that every copy has one answer."""
    far, rows = index.nearest(index.rows, 1)
    return np.where(far[:, 0] == 0, labels[rows[:, 0]], labels)


def inherited(state: dict[str, Any], labels: Labels, X: Matrix) -> tuple[Labels, NDArray[np.float64], NDArray[np.int64]]:
    """Return for each row the group of the training row that is nearest, how far that is, and which row."""
    far, rows = Neighbours.restored(state).nearest(X, 1)
    return labels[rows[:, 0]], far[:, 0], rows[:, 0]
