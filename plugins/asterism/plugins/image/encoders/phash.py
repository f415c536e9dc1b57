"""The encoder `phash`: perceptual hashes, which an image shares with its copies and edits."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le, MinLen
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix
from asterism.plugins.perceptual_hash import HASHES, HashName, pixels_for

from ..arrays import Array, to_pil
from ..sizing import images_of


class PHash(Encoder):
    """Hash an image to bits that change little when it is saved anew, resized, brightened, or, for "polar", turned or mirrored.

    Images of any size, uint8, looked at in grey, to float32, shape (n_images, n_hashes * hash_size ** 2): 0 or 1, one hash after the
    other. Made for the clusterer `near_duplicates`, with as many `n_hashes`. "dct", "difference" and "average" bring the image to a square
    whatever its proportions; "polar" looks at the largest circle around the middle. There is nothing to learn.

    Of 350 photographs (Flickr8k, BSDS500) no two had "dct" or "polar" hashes within 10 of 64 bits, and every one turned by 23 degrees had
    its "polar" hash within 10. Of the 2 million pairs of 2,000 small images (CIFAR-10) 20 had; and none within 14 of 100 bits (`hash_size`
    10), which 99 % of turned photographs were. So take more bits where there are many images.

    Poor choice for images that are merely alike, and for copies that were cropped by more than a few percent.

    Sources: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010; Swaminathan, Mao and Wu, "Robust and secure
    image hashing", IEEE TIFS 2006.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    hashes: Annotated[tuple[HashName, ...], MinLen(1)] = ("dct", "polar")
    """Which hashes: "dct" (the lowest waves of the cosine transform), "difference" (of neighbours), "average" (lighter than the mean),
    "polar" (waves around the middle)."""
    hash_size: Annotated[int, Ge(2), Le(16)] = 8
    """A hash has so many bits by so many."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        rows = [self._bits(image) for image in images_of(records, None, colour=False)]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        return np.stack(rows).astype(np.float32)

    def _bits(self, image: Array) -> NDArray[np.bool_]:
        return np.concatenate([HASHES[name](self._square(image, name), self.hash_size) for name in self.hashes])

    def _square(self, image: Array, name: HashName) -> NDArray[np.float64]:
        from PIL.Image import Resampling

        if name == "polar":
            side = min(image.shape)
            top, left = ((length - side) // 2 for length in image.shape)
            image = image[top : top + side, left : left + side]
        height, width = pixels_for(name, self.hash_size)
        return np.asarray(to_pil(image).resize((width, height), Resampling.LANCZOS), np.float64)
