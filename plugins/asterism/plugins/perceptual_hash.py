"""Perceptual hashes: bits of an image that stay when it is saved anew, resized, brightened or turned. Images and videos share them.

Each takes a square of grey values, float, shape (n, n), and gives ``size ** 2`` bits.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.float64]
Bits: TypeAlias = NDArray[np.bool_]
HashName: TypeAlias = Literal["dct", "difference", "average", "polar"]

DCT_FACTOR = 4
"""The image that is transformed has so many times more pixels along a side than the hash has bits."""
POLAR_PIXELS = 128
ANGLES = 64
INNER = 0.15
"""Where the innermost circle lies, as a share of the outermost: on smaller ones there are too few pixels for many waves."""
RINGS = 4
"""So many circles are measured for each ring of the hash."""


def dct_bits(image: Grey, size: int) -> Bits:
    """Tell which of the lowest waves of the cosine transform are stronger than their median (Zauner 2010, after Marr's pHash)."""
    from scipy.fft import dctn

    waves = dctn(image, norm="ortho")[:size, :size]
    return np.ravel(waves > np.median(waves))


def difference_bits(image: Grey, size: int) -> Bits:
    """Tell which pixels are darker than their right neighbours (dHash, Krawetz 2013)."""
    return np.ravel(image[:size, 1 : size + 1] > image[:size, :size])


def average_bits(image: Grey, size: int) -> Bits:
    """Tell which pixels are lighter than their mean (aHash)."""
    return np.ravel(image > image.mean())


def polar_bits(image: Grey, size: int) -> Bits:
    """Tell which waves around the middle are strong for their ring and their number; turning and mirroring change none of that.

    Only the circle inside the square is looked at (the magnitudes of a Fourier-Mellin transform: Swaminathan, Mao and Wu, "Robust and
    secure image hashing", IEEE TIFS 2006).
    """
    circles = _circles(image, size * RINGS)
    waves = np.abs(np.fft.rfft(circles, axis=1))[:, 1 : size + 1]
    rings = np.log1p(np.sqrt((waves**2).reshape(size, RINGS, size).mean(axis=1)))
    rings = rings - rings.mean(axis=0) - rings.mean(axis=1, keepdims=True)
    return np.ravel(rings > np.median(rings))


HASHES: dict[HashName, Callable[[Grey, int], Bits]] = {
    "dct": dct_bits,
    "difference": difference_bits,
    "average": average_bits,
    "polar": polar_bits,
}


def pixels_for(name: HashName, size: int) -> tuple[int, int]:
    """Tell the height and width that an image must have for a hash."""
    sides = {"dct": (DCT_FACTOR * size,) * 2, "difference": (size, size + 1), "average": (size, size), "polar": (POLAR_PIXELS,) * 2}
    height, width = sides[name]
    return height, width


def _circles(image: Grey, n_circles: int) -> Grey:
    """Measure an image along circles around its middle, shape (n_circles, ANGLES)."""
    from scipy.ndimage import map_coordinates

    middle = (len(image) - 1) / 2
    shares = INNER + (1 - INNER) * (np.arange(n_circles) + 0.5) / n_circles
    radii = (shares * (len(image) / 2 - 2))[:, None]
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    return np.asarray(map_coordinates(image, [middle + radii * np.sin(angles), middle + radii * np.cos(angles)], order=1))
