"""The encoder `color_rhythm`: how colours and light go through a video."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Encoder, Matrix

from ..clip import Clip
from ..rows import of_clips, stacked

THUMB = (32, 32)


class ColorRhythm(Encoder):
    """Tell the mean colour of each part of a video, how much it changes in it, and at which pace light comes and goes.

    Clips to float32, shape (n_clips, 6 * n_segments + n_waves). For each part in time: the means of red, green and blue, from 0 to 1, and
    the means of their changes from frame to frame; then the strengths of the waves of brightness, from slow to fast, as shares.

    There is nothing to learn. Poor choice where things in the picture decide, and not its light.

    Source: after Truong and Venkatesh, "Video abstraction: a systematic review and classification", ACM TOMCCAP 2007.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    n_segments: Annotated[int, Ge(1)] = 4
    """Into how many parts of one length a clip is cut."""
    n_waves: Annotated[int, Ge(1)] = 8
    """How many waves of brightness are told; the n-th goes up and down n times in the clip."""
    frame_rate: Annotated[float, Gt(0)] = 8.0
    """How many frames a second are looked at."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        return stacked(of_clips(records, self._told))

    def _told(self, clip: Clip) -> NDArray[np.float64]:
        frames = clip.frames(sample="rate", rate=self.frame_rate, size=THUMB, colour=True)
        colours = np.stack([frame.image.mean(axis=(0, 1)) for frame in frames]) / 255
        changes = np.abs(np.diff(colours, axis=0, prepend=colours[:1]))
        parts = np.arange(self.n_segments) * len(colours) // self.n_segments
        ends = np.maximum(np.append(parts[1:], len(colours)), parts + 1)  # a clip of fewer frames than parts shows some twice
        means = [values[start:end].mean(axis=0) for start, end in zip(parts, ends, strict=True) for values in (colours, changes)]
        return np.concatenate([*means, self._waves(colours.mean(axis=1))])

    def _waves(self, light: NDArray[np.float64]) -> NDArray[np.float64]:
        strengths = np.abs(np.fft.rfft(light - light.mean()))[1 : self.n_waves + 1]
        strengths = np.pad(strengths, (0, self.n_waves - len(strengths)))
        total = float(strengths.sum())
        return strengths / total if total > 1e-9 else strengths * 0
