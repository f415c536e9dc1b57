"""The encoder `video_hash`: bits that a video shares with its copies and edits."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import Encoder, Matrix
from asterism.plugins.perceptual_hash import dct_bits, pixels_for

from ..clip import Clip
from ..rows import of_clips, stacked


class VideoHash(Encoder):
    """Hash what a video shows on average, where that varies, and where it changes from frame to frame.

    Clips, looked at in grey, to float32, shape (n_clips, 3 * hash_size ** 2): 0 or 1. The three hashes are of the mean of all frames, of
    their standard deviation, and of the mean difference from one to the next, each by the lowest waves of its cosine transform. They change
    little when a video is saved anew, resized, bleached, or cut short at an end. Made for the clusterer `near_duplicates` with a
    `threshold` of 30 and all bits as one hash.

    There is nothing to learn. Poor choice for copies that were mirrored, sped up much, or are a small part of the whole.

    Sources: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010; of hashing along time, Coskun, Sankur and
    Memon, "Spatio-temporal transform based video hashing", IEEE Transactions on Multimedia 2006.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    hash_size: Annotated[int, Ge(2), Le(16)] = 8
    """Each of the three hashes has so many bits by so many."""
    frame_rate: Annotated[float, Gt(0)] = 8.0
    """How many frames a second are looked at."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        return stacked(of_clips(records, self._bits))

    def _bits(self, clip: Clip) -> NDArray[np.bool_]:
        shape = pixels_for("dct", self.hash_size)
        total, squares, steps = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        n_frames, before = 0, None
        for frame in clip.frames(sample="rate", rate=self.frame_rate, size=shape, colour=False):
            image = frame.image.astype(np.float64)
            total, squares, n_frames = total + image, squares + image**2, n_frames + 1
            steps = steps if before is None else steps + np.abs(image - before)
            before = image
        mean = total / n_frames
        spread = np.sqrt(np.maximum(squares / n_frames - mean**2, 0))
        return np.concatenate([dct_bits(image, self.hash_size) for image in (mean, spread, steps / n_frames)])
