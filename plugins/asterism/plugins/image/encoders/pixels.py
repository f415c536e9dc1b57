"""The encoder `pixels`: an image is the list of its pixels."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from asterism.framework import Encoder, Matrix

from ..sizing import of_one_size

WHITE = np.float32(255)


class Pixels(Encoder):
    """Lay the pixels of an image in one row, from 0 (black) to 1 (white).

    Images of shape (height, width) or (height, width, 3), uint8, to float32, shape (n_images, height * width), or
    (n_images, height * width * 3) where `colour` is on; row by row, channels together.

    There is nothing to learn. Raises `DataError` where images differ in size and `size` is None.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    size: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] | None = None
    """Height and width, in pixels, that every image is brought to, whatever its proportions; None leaves them as they are."""
    colour: bool = False
    """Keep red, green and blue; otherwise grey by the luma of ITU-R 601, as Pillow's `convert("L")`."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        images = of_one_size(records, self.size, colour=self.colour)
        pixels = images.reshape(len(images), -1).astype(np.float32)
        pixels /= WHITE
        return pixels
