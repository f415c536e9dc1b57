"""Rows of a matrix as their columns, where items cannot be taken apart: a column that is left out has its mean over the groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Part
from .apart import Apart

COLUMNS = 100
"""At most so many, those that lie furthest from what they are elsewhere; the others stay as they are."""


def take_apart(row: NDArray[Any], usual: NDArray[np.float64], names: Sequence[str], n_parts: int | None = None) -> Apart:
    """Take a row apart, float32 of shape (n_features,); `usual` is what stands in a column that is left out."""
    chosen = np.sort(np.argsort(-np.abs(row - usual), kind="stable")[: n_parts or COLUMNS])
    names = [names[column] if len(names) else f"column {column}" for column in chosen.tolist()]

    def keeping(mask: NDArray[np.bool_]) -> NDArray[Any]:
        shown = row.copy()
        left_out = chosen[~mask]
        shown[left_out] = usual[left_out]
        return shown

    return Apart([Part(name, 0.0) for name in names], keeping, "columns", is_row=True)
