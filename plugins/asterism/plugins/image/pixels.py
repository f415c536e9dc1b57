"""The encoder `pixels`: an image is the list of its pixels."""

from collections.abc import Iterable, Sized
from itertools import chain
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from asterism.framework import DataError, Encoder, Matrix

from .arrays import Array, as_colours, check_array, to_pil

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
        items = records if isinstance(records, Sized) else list(records)
        images = (self._prepare(item, row) for row, item in enumerate(items))
        first = next(images, None)
        if first is None:
            raise DataError("there is not one image to encode", hint="give it at least one")
        pixels = np.empty((len(items), first.size), np.float32)
        for row, image in enumerate(chain([first], images)):
            if image.shape != first.shape:
                raise self._odd_size(row, image, first)
            pixels[row] = image.reshape(-1)
        pixels /= WHITE
        return pixels

    def _prepare(self, item: Any, row: int) -> Array:
        image = as_colours(check_array(item, [row]), "colour" if self.colour else "grey")
        if self.size is None or image.shape[:2] == self.size:
            return image
        from PIL.Image import Resampling

        height, width = self.size
        # Bilinear in Pillow averages over all the pixels that fall together, so small sizes do not alias.
        return np.asarray(to_pil(image).resize((width, height), Resampling.BILINEAR))

    def _odd_size(self, row: int, image: Array, first: Array) -> DataError:
        sizes = [f"{height} x {width}" for height, width in (image.shape[:2], first.shape[:2])]
        reason = f"images must have one size: this one is {sizes[0]}, the first is {sizes[1]}"
        return DataError(reason, rows=[row], hint="set `size`, such as [32, 32], to resize them all")
