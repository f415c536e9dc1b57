"""Images as a grid of patches: a patch that is left out has the mean colour of the whole image."""

from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Part
from .apart import Apart

PATCHES = 49
"""At most so many, in as many rows as columns."""
BYTES_AT_ONCE = 64 * 2**20


def take_apart(image: Any, n_parts: int | None = None) -> Apart:
    """Take an image apart, uint8 of shape (height, width) or (height, width, 3)."""
    image = np.asarray(image)
    side = max(1, isqrt(n_parts or PATCHES))
    rows, columns = (_edges(length, side) for length in image.shape[:2])
    boxes = [(top, left, bottom, right) for top, bottom in rows for left, right in columns]
    names = [f"patch {row},{column}" for row in range(1, len(rows) + 1) for column in range(1, len(columns) + 1)]
    ground = np.rint(image.mean(axis=(0, 1))).astype(image.dtype)

    def keeping(mask: NDArray[np.bool_]) -> Any:
        shown = image.copy()
        for place in np.flatnonzero(~mask).tolist():
            top, left, bottom, right = boxes[place]
            shown[top:bottom, left:right] = ground
        return shown

    parts = [Part(name, 0.0, box=box) for name, box in zip(names, boxes, strict=True)]
    return Apart(parts, keeping, "patches", at_once=max(1, min(256, BYTES_AT_ONCE // max(1, image.nbytes))))


def _edges(length: int, n: int) -> list[tuple[int, int]]:
    """Cut a length into `n` pieces that differ by a pixel at most; into fewer where there are not so many pixels."""
    cuts = np.linspace(0, length, min(n, length) + 1).round().astype(int).tolist()
    return list(pairwise(cuts))
