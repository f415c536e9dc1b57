"""The compiled part of `lbp`: which neighbours of each pixel are no darker than it.

Importing this module loads numba, so whoever needs it imports it where it works. The arithmetic is that of scikit-image's
`local_binary_pattern`: neighbours between pixels are interpolated, what lies outside of the image is black.
"""

import math

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled


@compiled(nogil=True)
def patterns(image: NDArray[np.uint8], downs: NDArray[np.float64], acrosses: NDArray[np.float64], margin: int) -> NDArray[np.int64]:
    """Return for each pixel the bits of its neighbours at these steps, the first one lowest: shape (height, width).

    `image` has a black margin of so many pixels on each side, which no step leads out of, and which gets no patterns.
    """
    height, width = image.shape[0] - 2 * margin, image.shape[1] - 2 * margin
    found = np.zeros((height, width), np.int64)
    for point in range(downs.shape[0]):
        bit = 1 << point
        # From the border of the image, not of the margin: what is left of a sum after rounding depends on where it begins.
        columns = np.arange(width) + acrosses[point]
        lefts = np.floor(columns)
        shares = columns - lefts
        first = int(lefts[0]) + margin
        step = 1 if shares.max() > 0 else 0
        for row in range(height):
            down = row + downs[point]
            top = math.floor(down)
            down -= top
            above = image[top + margin, first:]
            below = image[top + margin + (1 if down > 0 else 0), first:]
            middle = image[row + margin, margin:]
            if step == 0 and down == 0:
                for column in range(width):
                    found[row, column] |= bit * (above[column] >= middle[column])
                continue
            for column in range(width):
                share = shares[column]
                upper = (1 - share) * above[column] + share * above[column + step]
                lower = (1 - share) * below[column] + share * below[column + step]
                found[row, column] |= bit * ((1 - down) * upper + down * lower >= middle[column])
    return found
