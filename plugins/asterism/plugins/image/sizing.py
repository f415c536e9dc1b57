"""Images as encoders want them: all grey or all colour, and of one size."""

from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Records

from .arrays import Array, Size, as_colours, check_array, scaled, to_pil


def images_of(records: Iterable[Any], size: Size | None, *, colour: bool) -> Iterator[Array]:
    """Yield every image in grey or in colour, brought to `size` whatever its proportions; None leaves the sizes as they are.

    Where a size is wanted, JPEG files are decoded no larger than it takes.
    """
    if size is not None and isinstance(records, Records) and hasattr(records.decode, "of_size"):
        sized = records.decode.of_size(size, grey=not colour)
        found = copy(records)  # whoever watches them go by goes on watching
        found.decode, records = sized, found
    for row, item in enumerate(records):
        image = as_colours(check_array(item, [row]), "colour" if colour else "grey")
        yield image if size is None else resized(image, size)


def of_one_size(records: Iterable[Any], size: Size | None, *, colour: bool) -> NDArray[np.uint8]:
    """Return all images as one array, shape (n_images, height, width) or (n_images, height, width, 3).

    Raises `DataError` where there is none, or where they differ in size and `size` is None.
    """
    images: list[Array] = []
    for row, image in enumerate(images_of(records, size, colour=colour)):
        if images and image.shape != images[0].shape:
            raise _odd_size(row, image, images[0])
        images.append(image)
    if not images:
        raise DataError("there is not one image to encode", hint="give it at least one")
    return np.stack(images)


def resized(image: Array, size: Size) -> Array:
    """Bring an image to a size; what has it already comes back itself."""
    if image.shape[:2] == size:
        return image
    return np.asarray(scaled(to_pil(image), size))


def _odd_size(row: int, image: Array, first: Array) -> DataError:
    sizes = [f"{height} x {width}" for height, width in (image.shape[:2], first.shape[:2])]
    reason = f"images must have one size: this one is {sizes[0]}, the first is {sizes[1]}"
    return DataError(reason, rows=[row], hint="set `size`, such as [32, 32], to resize them all")
