"""The compiled part of `hog`: what each cell of each image sums up, and how blocks of cells are normalised.

Importing this module loads numba, so whoever needs it imports it where it works. The arithmetic is that of scikit-image's `hog`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

EPSILON = 1e-5
CLIP = 0.2
"""What is left of a block's largest values (Lowe 2004, after whom the norm L2-Hys is called)."""


@compiled(nogil=True)
def cell_histograms(
    bins: NDArray[np.uint8], lengths: NDArray[np.float64], cell: tuple[int, int], n_orientations: int
) -> NDArray[np.float64]:
    """Sum up the lengths of the gradients of each cell by orientation, shape (n, n_cell_rows, n_cell_columns, n_orientations).

    `bins` and `lengths` tell the orientation and the length of each pixel's gradient, shape (n, height, width).
    """
    n_rows, n_columns = bins.shape[1] // cell[0], bins.shape[2] // cell[1]
    found = np.zeros((bins.shape[0], n_rows, n_columns, n_orientations))
    for image in range(bins.shape[0]):
        for row in range(n_rows * cell[0]):
            for column in range(n_columns * cell[1]):
                found[image, row // cell[0], column // cell[1], bins[image, row, column]] += lengths[image, row, column]
    return found / (cell[0] * cell[1])


@compiled(nogil=True)
def normalised_blocks(
    cells: NDArray[np.float64], block: tuple[int, int], is_l1: bool, is_rooted: bool, is_clipped: bool
) -> NDArray[np.float32]:
    """Normalise every block of neighbouring cells, shape (n, n_block_rows, n_block_columns, block rows, block columns, n_orientations)."""
    n_images, n_rows, n_columns, n_orientations = cells.shape
    shape = (n_images, n_rows - block[0] + 1, n_columns - block[1] + 1, block[0], block[1], n_orientations)
    found = np.empty(shape, np.float32)
    for image in range(n_images):
        for row in range(shape[1]):
            for column in range(shape[2]):
                values = cells[image, row : row + block[0], column : column + block[1]].copy()
                if is_l1:
                    values /= values.sum() + EPSILON
                else:
                    values /= _length(values)
                if is_clipped:
                    np.minimum(values, CLIP, values)
                    values /= _length(values)
                if is_rooted:
                    np.sqrt(values, values)
                found[image, row, column] = values
    return found


@compiled(nogil=True)
def _length(values: NDArray[np.float64]) -> float:
    total = EPSILON**2
    for value in values.flat:
        total += value * value
    return math.sqrt(total)
