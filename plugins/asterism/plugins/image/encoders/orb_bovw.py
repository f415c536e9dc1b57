"""The encoder `orb_bovw`: which visual words of ORB an image has."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.visual_words import Vectors

from ..keypoints import KeyPointWords


class ORBWords(KeyPointWords):
    """Describe the corners of an image by 256 comparisons of pixels around them, and count which kinds there are; faster than `sift_bovw`.

    Images of any size, uint8, looked at in grey, to float32, shape (n_images, n_words), or (n_images, n_words * 256) for "vlad" and twice
    that for "fisher". The bits of a descriptor are taken as numbers 0 and 1, whose means are the words. An image without a key point, such
    as any below about 63 pixels, gets a row of zeros, and is reported.

    Learns `words_` (n_words, 256), their `variances_` and `shares_`, and `idf_` (n_words,).

    Raises `DataError` where no image has a key point. Poor choice for small images and those that come in many sizes of the same thing.

    Source: Rublee, Rabaud, Konolige and Bradski, "ORB: an efficient alternative to SIFT or SURF", ICCV 2011.
    """

    EDGE: ClassVar[int] = 31
    """Corners nearer to the border than this, in pixels, are not described."""

    def _detector(self) -> Any:
        from cv2 import ORB

        return ORB.create(nfeatures=self.n_keypoints, edgeThreshold=self.EDGE)

    def _vectors(self, descriptors: NDArray[Any]) -> Vectors:
        return np.unpackbits(descriptors.astype(np.uint8), axis=1).astype(np.float32)
