"""The encoder `gabor`: how strong waves of several lengths and directions are in each part of an image."""

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix

from ..arrays import Array
from ..grids import cells
from ..sizing import images_of

Count = Annotated[int, Ge(1)]
REACH = 3
"""A filter ends where its bell has this many standard deviations."""


class Gabor(Encoder):
    """Filter an image with waves under a bell, and tell mean and standard deviation of what each filter answers.

    Images of any size, uint8, looked at in grey from 0 to 1, to float32, shape (n_images, cells * frequencies * n_orientations * 2). The
    answer is the length of the complex number that the even and the odd wave give; beyond its border an image is mirrored.
    There is nothing to learn.

    Poor choice for images with fewer pixels than a wave is long, and where exact shapes decide.

    Sources: Daugman, "Uncertainty relation for resolution in space, spatial frequency, and orientation", JOSA A 1985; Manjunath and Ma,
    "Texture features for browsing and retrieval of image data", IEEE TPAMI 1996.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    frequencies: Annotated[tuple[Annotated[float, Gt(0), Le(0.5)], ...], MinLen(1)] = (0.1, 0.2, 0.4)
    """Waves per pixel of the filters."""
    n_orientations: Count = 4
    """In how many directions waves run."""
    bandwidth: Annotated[float, Gt(0)] = 1.0
    """Width of the filters in octaves; a wider one has a narrower bell."""
    grid: tuple[Count, Count] = (2, 2)
    """Rows and columns of cells that the image is cut into."""
    size: tuple[Count, Count] | None = None
    """Height and width, in pixels, that every image is brought to first; None leaves them as they are."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        rows = [self._answers(image) for image in images_of(records, self.size, colour=False)]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        return np.stack(rows).astype(np.float32)

    def _answers(self, image: Array) -> NDArray[np.float64]:
        from cv2 import BORDER_REFLECT, CV_64F, filter2D

        values, found = image / 255, []
        for frequency in self.frequencies:
            for turn in range(self.n_orientations):
                wave = _wave(frequency, np.pi * turn / self.n_orientations, self.bandwidth)
                even, odd = (filter2D(values, CV_64F, part, borderType=BORDER_REFLECT) for part in wave)
                parts = list(cells(np.hypot(even, odd), self.grid))
                found += [[part.mean() for part in parts], [part.std() for part in parts]]
        return np.ravel(found, order="F")


@cache
def _wave(frequency: float, angle: float, bandwidth: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the even and the odd wave, as filters that are slid over an image; half a bell high at `bandwidth` octaves."""
    width = 1 / np.pi * np.sqrt(np.log(2) / 2) * (2**bandwidth + 1) / (2**bandwidth - 1) / frequency
    reach = int(np.ceil(max(REACH * width * max(abs(np.cos(angle)), abs(np.sin(angle))), 1)))
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = across * np.cos(angle) + down * np.sin(angle)
    bell = np.exp(-0.5 * (across**2 + down**2) / width**2) / (2 * np.pi * width**2)
    phase = 2 * np.pi * frequency * along
    return bell * np.cos(phase), -bell * np.sin(phase)  # slid, not turned around as a convolution does: hence the sign
