"""What an image is once it is decoded: a uint8 array of shape (height, width), or (height, width, 3) for colour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

Array: TypeAlias = NDArray[np.uint8]
Size: TypeAlias = tuple[int, int]
"""Height and width, in pixels."""
Colours: TypeAlias = Literal["auto", "grey", "colour"]
"""What is wanted: grey, colour, or (auto) whichever the image is."""

SHAPES = "an image is a uint8 array of shape (height, width) or (height, width, 3)"


def check_array(item: Any, rows: Sequence[int] = ()) -> Array:
    """Return `item` where it is an image; `DataError` tells what it is instead."""
    if not isinstance(item, np.ndarray):
        raise DataError(f"{SHAPES} (got {type(item).__name__})", rows=rows, hint="turn it into an array first")
    if item.dtype != np.uint8:
        hint = "scale its values to 0..255 and cast with .astype('uint8')"
        raise DataError(f"{SHAPES} (got {item.dtype}, shape {item.shape})", rows=rows, hint=hint)
    if item.ndim not in (2, 3) or item.shape[2:] not in ((), (3,)) or item.size == 0:
        hint = "give each image by itself, with its channels last"
        raise DataError(f"{SHAPES}, and not empty (got shape {item.shape})", rows=rows, hint=hint)
    return item


def as_colours(image: Array, colours: Colours) -> Array:
    """Turn grey into colour or the reverse (luma of ITU-R 601, as Pillow computes it); what already fits comes back itself."""
    if colours == "colour" and image.ndim == 2:
        return np.repeat(image[:, :, None], 3, axis=2)
    if colours == "grey" and image.ndim == 3:
        return np.asarray(to_pil(image).convert("L"))
    return image


def to_pil(image: Array) -> "PILImage":
    """Hand an array to Pillow."""
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(image))


def scaled(image: "PILImage", size: Size) -> "PILImage":
    """Bring an image of Pillow's to a size; what has it already comes back itself."""
    from PIL.Image import Resampling

    height, width = size
    # Bilinear in Pillow averages over all the pixels that fall together, so small sizes do not alias.
    return image if image.size == (width, height) else image.resize((width, height), Resampling.BILINEAR)
