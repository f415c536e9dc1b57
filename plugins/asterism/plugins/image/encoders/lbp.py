"""The encoder `lbp`: which fine textures there are in each part of an image."""

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix

from ..arrays import Array
from ..grids import cells
from ..sizing import images_of

Count = Annotated[int, Ge(1)]
Method = Literal["uniform", "nri_uniform", "ror", "default"]


class LBP(Encoder):
    """Count local binary patterns: which neighbours of a pixel, on a circle around it, are no darker than the pixel itself.

    Images of any size, uint8, looked at in grey, to float32, shape (n_images, cells * patterns), as shares of the cell. There are
    ``n_points + 2`` patterns for "uniform", ``n_points * (n_points - 1) + 3`` for "nri_uniform", ``2 ** n_points`` otherwise: those of
    scikit-image's `local_binary_pattern`. Light and shadow change little. There is nothing to learn.

    Poor choice where shapes larger than the circle decide.

    Source: Ojala, Pietikäinen and Mäenpää, "Multiresolution gray-scale and rotation invariant texture classification with local binary
    patterns", IEEE TPAMI 2002.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    n_points: Annotated[int, Ge(2), Le(16)] = 8
    """How many neighbours are looked at."""
    radius: Annotated[float, Gt(0)] = 1.0
    """Radius of the circle, in pixels."""
    method: Method = "uniform"
    """Which patterns are told apart: "uniform", by the number of lighter neighbours where these lie side by side, all others together;
    "nri_uniform", also by the direction they lie in; "ror", those that no rotation brings together; "default", all."""
    grid: tuple[Count, Count] = (1, 1)
    """Rows and columns of cells that the image is cut into."""
    size: tuple[Count, Count] | None = None
    """Height and width, in pixels, that every image is brought to first; None leaves them as they are."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        rows = [self._shares(image) for image in images_of(records, self.size, colour=False)]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        return np.stack(rows).astype(np.float32)

    def _shares(self, image: Array) -> NDArray[np.float64]:
        from ..lbp_rounds import patterns

        angles = 2 * np.pi * np.arange(self.n_points) / self.n_points
        # Rounded, so that a neighbour that lies on a pixel is that pixel.
        steps = (np.round(-self.radius * np.sin(angles), 5), np.round(self.radius * np.cos(angles), 5))
        labels, n_patterns = _labels(self.n_points, self.method)
        margin = int(np.ceil(self.radius)) + 1
        found = labels[patterns(np.pad(image, margin), *steps, margin)]
        counts = [np.bincount(cell.ravel(), minlength=n_patterns) / cell.size for cell in cells(found, self.grid)]
        return np.concatenate(counts)


@cache
def _labels(n_points: int, method: Method) -> tuple[NDArray[np.int64], int]:
    """Name the pattern that each combination of bits counts as, shape (2 ** n_points,), and tell how many patterns there are."""
    codes = np.arange(2**n_points)
    if method == "default":
        return codes, len(codes)
    if method == "ror":
        turned = [(codes >> step) | ((codes << (n_points - step)) & (len(codes) - 1)) for step in range(n_points)]
        return np.min(turned, axis=0), len(codes)
    bits = codes[:, None] >> np.arange(n_points) & 1
    uniform, ones = (bits[:, 1:] != bits[:, :-1]).sum(1) <= 2, bits.sum(1)
    if method == "uniform":
        return np.where(uniform, ones, n_points + 1), n_points + 2
    mixed = 1 + (ones - 1) * n_points + _turns(bits)
    n_mixed = n_points * (n_points - 1)
    named = np.select([~uniform, ones == 0, ones == n_points], [n_mixed + 2, 0, n_mixed + 1], mixed)
    return named, n_mixed + 3


def _turns(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Tell by how many steps the ones of each row, which lie side by side on a circle, are turned from the beginning."""
    n_points, ones = bits.shape[1], bits.sum(1)
    turns: NDArray[np.int64] = np.where(bits[:, 0] == 1, ones - bits.argmin(1), n_points - bits.argmax(1))
    return turns
