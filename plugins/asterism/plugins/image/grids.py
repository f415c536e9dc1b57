"""Cutting an image into a grid of cells, so that an encoder says of each part what it says."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Grid = tuple[int, int]
"""How many rows and columns of cells."""
Values = TypeVar("Values", bound=np.generic)


def cells(image: NDArray[Values], grid: Grid) -> Iterator[NDArray[Values]]:
    """Yield the cells of an image row by row; where its sides are no multiples, cells differ by a pixel, and may share one."""
    rows, columns = (np.linspace(0, length, n + 1) for length, n in zip(image.shape[:2], grid, strict=True))
    for top, bottom in zip(np.floor(rows[:-1]), np.ceil(rows[1:]), strict=True):
        for left, right in zip(np.floor(columns[:-1]), np.ceil(columns[1:]), strict=True):
            yield image[int(top) : int(bottom), int(left) : int(right)]
