"""Spaces of colour: red, green and blue as hue, saturation and value, or as the CIE's L*a*b*."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import Array

Space: TypeAlias = Literal["rgb", "hsv", "lab"]

RANGES: dict[Space, tuple[tuple[float, float], ...]] = {
    "rgb": ((0, 256),) * 3,
    "hsv": ((0, 1),) * 3,
    "lab": ((0, 100), (-128, 128), (-128, 128)),
}
"""Where the values of each channel lie."""

TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
"""From linear RGB with the primaries of sRGB (ITU-R BT.709)."""
WHITE = np.array([0.95047, 1.0, 1.08883])
"""Daylight D65, for the observer of 2 degrees."""


def in_space(image: Array, space: Space) -> NDArray[np.float64]:
    """Return an RGB image, uint8, shape (height, width, 3), in another space; the ranges are those of `RANGES`."""
    if space == "rgb":
        return image.astype(np.float64)
    return _to_hsv(image / 255) if space == "hsv" else _to_lab(image / 255)


def _to_hsv(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    red, green, blue = np.moveaxis(colours, -1, 0)
    value, spread = colours.max(-1), np.ptp(colours, -1)
    safe = np.where(spread == 0, 1, spread)
    hue = np.where(red == value, (green - blue) / safe, np.where(green == value, 2 + (blue - red) / safe, 4 + (red - green) / safe))
    hue = np.where(spread == 0, 0, hue / 6 % 1)
    return np.stack([hue, spread / np.where(value == 0, 1, value), value], -1)


def _to_lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    shares = linear @ TO_XYZ.T / WHITE
    bent = np.where(shares > 0.008856, np.cbrt(shares), 7.787 * shares + 16 / 116)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)
