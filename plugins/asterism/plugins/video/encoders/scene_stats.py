"""The encoder `scene_stats`: how a video is cut, and how light and lively it is."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Gt
from numpy.typing import NDArray

from asterism.framework import Encoder, Matrix

from ..clip import Clip, Frame
from ..rows import of_clips, stacked
from ..scenes import shot_starts

THUMB = (48, 64)


class SceneStats(Encoder):
    """Find the cuts of a video, and tell the rhythm of its shots, its light and its motion in ten numbers.

    Clips, looked at in grey, to float32, shape (n_clips, 10): the logarithms of the length in seconds, of the number of shots, and of their
    mean, shortest and longest length; cuts per second; mean and standard deviation of the brightness, from 0 to 1, and of the
    difference from frame to frame.

    There is nothing to learn. Poor choice for videos without cuts: then it says how light and how lively they are, and no more.

    Source: Boreczky and Rowe, "Comparison of video shot boundary detection techniques", SPIE 1996.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    frame_rate: Annotated[float, Gt(0)] = 8.0
    """How many frames a second are looked at."""

    def transform(self, records: Iterable[Any]) -> Matrix:
        return stacked(of_clips(records, self._told))

    def _told(self, clip: Clip) -> NDArray[np.float64]:
        light, steps, times = [], [0.0], []

        def watched() -> Iterator[Frame]:
            before = None
            for frame in clip.frames(sample="rate", rate=self.frame_rate, size=THUMB, colour=False):
                light.append(float(frame.image.mean()) / 255)
                times.append(frame.seconds)
                if before is not None:
                    steps.append(float(np.abs(frame.image.astype(np.int16) - before).mean()) / 255)
                before = frame.image.astype(np.int16)
                yield frame

        starts = shot_starts(watched())
        length = times[-1] + 1 / self.frame_rate
        shots = np.diff([*starts, length])
        rhythm = np.log1p([length, len(shots), shots.mean(), shots.min(), shots.max()])
        return np.array([*rhythm, (len(shots) - 1) / length, np.mean(light), np.std(light), np.mean(steps), np.std(steps)])
