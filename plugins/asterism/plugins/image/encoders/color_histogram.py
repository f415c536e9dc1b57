"""The encoder `color_histogram`: how much of each colour there is in each part of an image."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix

from ..arrays import Array
from ..colours import RANGES, Space, in_space
from ..grids import cells
from ..sizing import images_of

Count = Annotated[int, Ge(1)]


class ColorHistogram(Encoder):
    """Count the pixels of each colour, as shares of the cell that they lie in.

    Images of any size, uint8, to float32, shape (n_images, cells * 3 * bins), or (n_images, cells * bins ** 3) where `joint` is on; the
    shares of a channel (or of a cell) add up to 1. Grey images are colours without saturation. There is nothing to learn.

    Poor choice where shapes decide: it does not know where in a cell a colour stands.

    Source: Swain and Ballard, "Color indexing", IJCV 1991.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    space: Space = "hsv"
    """Space of colour: "rgb", "hsv" (hue, saturation, value) or "lab" (the CIE's L*a*b*, where distances are those that people see)."""
    bins: Count = 8
    """Into how many equal parts each channel is cut."""
    joint: bool = False
    """Count combinations of the channels; otherwise each channel by itself."""
    grid: tuple[Count, Count] = (1, 1)
    """Rows and columns of cells that the image is cut into."""
    size: tuple[Count, Count] | None = None
    """Height and width, in pixels, that every image is brought to first, which saves time; None leaves them as they are."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        rows = [self._shares(image) for image in images_of(records, self.size, colour=True)]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        return np.stack(rows).astype(np.float32)

    def _shares(self, image: Array) -> NDArray[np.float64]:
        return np.concatenate([self._of_cell(cell) for cell in cells(self._places(image), self.grid)])

    def _places(self, image: Array) -> NDArray[np.int64]:
        """Tell for each pixel and channel in which part it lies."""
        low, high = np.array(RANGES[self.space]).T
        places: NDArray[np.int64] = ((in_space(image, self.space) - low) / (high - low) * self.bins).astype(np.int64)
        return places.clip(0, self.bins - 1)

    def _of_cell(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        flat = places.reshape(-1, 3)
        if self.joint:
            counts = np.bincount(flat @ (self.bins ** np.array([2, 1, 0])), minlength=self.bins**3)
        else:
            counts = np.bincount((flat + self.bins * np.arange(3)).ravel(), minlength=3 * self.bins)
        return counts / len(flat)
