"""The modality `patches`: windows of an image, one record each, so that grouping them finds the regions of the image."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from asterism.framework import DataError, Entry, Modality, Records, report_problem

from .arrays import Array, to_pil
from .modality import Image


class Patches(Modality[Array]):
    """Windows that slide over images: what encoders say of each is said of the place in its middle.

    The images are read as by `image`, in colour. An item is a uint8 array of shape (size, size, 3); its id is ``<image>#<row>,<column>``,
    the place of its middle in the image as it was reduced, and its parent the image, so that results are rolled up to images as well.
    At the borders an image is continued by its mirror. An image that cannot be read is left out and reported.

    Raises `DataError` where the source is missing, or no image of it can be read.
    """

    modality = "image"

    size: Annotated[int, Ge(1)] = 9
    """Side of a window, in pixels."""
    stride: Annotated[int, Ge(1)] = 2
    """From one window to the next, in pixels."""
    max_side: Annotated[int, Ge(1)] = 256
    """An image with a longer side than this, in pixels, is reduced to it first."""

    def read(self, source: str | Path | Iterable[Any]) -> Records[Array]:
        images = source if isinstance(source, Records) else Image(mode="colour").read(source)
        return Records(Windows(images, self.size, self.stride, self.max_side), modality=self.modality)

    def preview(self, item: Array) -> bytes:
        return Image().preview(item)

    def write(self, items: Sequence[Array], folder: Path) -> list[Path]:
        return Image().write(items, folder)


@dataclass(frozen=True)
class Windows:
    """The windows of images as entries, cut anew at each iteration: one image is in memory at a time."""

    images: Records[Array]
    size: int
    stride: int
    max_side: int

    def __iter__(self) -> Iterator[Entry]:
        found = 0
        for name, image in self._readable():
            windows = self._windows(image)
            rows, columns = (range(0, length, self.stride) for length in image.shape[:2])
            for row in rows:
                for column in columns:
                    yield Entry(f"{name}#{row},{column}", windows[row, column], None, {"parent": name})
            found += 1
        if not found:
            raise DataError("not one image can be read", place=self.images.place, hint="name another source")

    def image(self, name: str) -> Array:
        """Return the image that windows were cut from, reduced as it was for them."""
        entry = next(entry for entry in self.images.entries if entry.id == name)
        return self._reduced(self.images.item(entry))

    def _readable(self) -> Iterator[tuple[str, Array]]:
        for entry in self.images.entries:
            try:
                image = self._reduced(self.images.item(entry))
            except DataError as error:
                report_problem(f"{error}; left out", ids=[entry.id])
                continue
            yield entry.id, image

    def _reduced(self, image: Array) -> Array:
        if max(image.shape[:2]) <= self.max_side:
            return image
        small = to_pil(image)
        small.thumbnail((self.max_side, self.max_side))
        return np.asarray(small)

    def _windows(self, image: Array) -> Array:
        before, after = self.size // 2, (self.size - 1) // 2
        wide = np.pad(image, ((before, after), (before, after), (0, 0)), mode="symmetric")
        views = np.lib.stride_tricks.sliding_window_view(wide, (self.size, self.size), axis=(0, 1))
        return views.transpose(0, 1, 3, 4, 2)
