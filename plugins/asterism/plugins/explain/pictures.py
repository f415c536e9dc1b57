"""Explanations of images as pictures: patches that speak for the group are warm, those against it blue."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .explanation import Part

FOR, AGAINST = (220.0, 80.0, 0.0), (0.0, 90.0, 200.0)
"""Colours that people who see no difference of red and green tell apart."""
STRONGEST = 0.7
"""Share of the colour in the weightiest patch."""
LEAST_SIDE = 320
"""Pixels; smaller images are enlarged."""


def draw_boxes(image: Any, parts: Sequence[Part]) -> bytes | None:
    """Lay the weights of patches over an image as a PNG; None where no part has a box."""
    from PIL import Image

    boxed = [part for part in parts if part.box is not None]
    if not boxed:
        return None
    shown = _coloured(np.asarray(image), boxed)
    scale = max(1, -(-LEAST_SIDE // max(shown.shape[:2])))
    picture = Image.fromarray(shown)
    file = BytesIO()
    picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def _coloured(image: NDArray[Any], parts: Sequence[Part]) -> NDArray[np.uint8]:
    shown = np.repeat(image[:, :, None], 3, axis=2) if image.ndim == 2 else image
    shown = shown.astype(np.float64)
    largest = max(abs(part.weight) for part in parts) or 1.0
    for part in parts:
        top, left, bottom, right = part.box or (0, 0, 0, 0)
        strength = STRONGEST * abs(part.weight) / largest
        colour = np.array(FOR if part.weight > 0 else AGAINST)
        shown[top:bottom, left:right] = (1 - strength) * shown[top:bottom, left:right] + strength * colour
    return np.asarray(np.rint(shown), np.uint8)
