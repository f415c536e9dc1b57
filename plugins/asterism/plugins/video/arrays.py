"""Clips that a host has in memory, as arrays of frames."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .clip import Array, Clip, Frame, Wanted
from .scenes import shot_starts

FRAMES_PER_SECOND = 25.0
"""Pace of clips that are arrays, which have no times of their own."""


@dataclass(frozen=True, eq=False)
class ArrayClip(Clip):
    """An array of frames, uint8, shape (frames, height, width) or (frames, height, width, 3), at 25 a second; each is a key frame."""

    array: Array
    wanted: Wanted = field(default_factory=Wanted)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArrayClip):
            return NotImplemented
        return self.wanted == other.wanted and np.array_equal(self.array, other.array)

    __hash__ = None  # type: ignore[assignment]  # the array can be changed

    def _frames(self, wanted: Wanted) -> Iterator[Frame]:
        for place in self._places(wanted):
            yield Frame(place / FRAMES_PER_SECOND, formed(self.array[place], wanted))

    def _places(self, wanted: Wanted) -> list[int]:
        n_frames = len(self.array)
        if wanted.sample in ("all", "key"):
            return list(range(n_frames))
        if wanted.sample == "scene":
            every = (Frame(place / FRAMES_PER_SECOND, image) for place, image in enumerate(self.array))
            return [round(start * FRAMES_PER_SECOND) for start in shot_starts(every)]
        times = wanted.times(n_frames / FRAMES_PER_SECOND)
        return list(dict.fromkeys(min(int(time * FRAMES_PER_SECOND + 1e-6), n_frames - 1) for time in times))


def formed(image: Array, wanted: Wanted) -> Array:
    """Bring a frame to the size and the colours that are wanted."""
    from PIL import Image

    if wanted.size in (None, image.shape[:2]) and (image.ndim == 3) == wanted.colour:
        return image
    picture = Image.fromarray(np.ascontiguousarray(image)).convert("RGB" if wanted.colour else "L")
    if wanted.size is not None:
        picture = picture.resize(wanted.size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(picture)
