"""What a video is once it is read: a clip, whose frames are decoded when somebody asks for them and not kept."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

Array: TypeAlias = NDArray[np.uint8]
Sampling: TypeAlias = Literal["all", "count", "rate", "key", "scene"]
"""Which frames: every one; so many, evenly spaced; so many a second; those that the codec stores whole; the first one of each shot."""

ROUNDING = 1e-6
"""Times that differ by less, in seconds, are the same."""
SHAPES = "a clip is a uint8 array of shape (frames, height, width) or (frames, height, width, 3)"


class Frame(NamedTuple):
    """One frame of a clip."""

    seconds: float
    """When it is shown, from the beginning of the clip."""
    image: Array
    """Shape (height, width), or (height, width, 3) for colour."""


@dataclass(frozen=True)
class Wanted:
    """Which frames of a clip are wanted, and in which form."""

    sample: Sampling = "count"
    count: int = 16
    """How many, for the sampling by count: what is shown in the middles of so many equal spans; a frame stands once, so a short clip gives
    fewer."""
    rate: float = 4.0
    """How many a second, for the sampling by rate: what is shown at these times; again each frame once."""
    size: tuple[int, int] | None = None
    """Height and width, in pixels; None leaves the size as it is."""
    colour: bool = True
    """Red, green and blue; otherwise grey."""

    def times(self, length: float, begin: float = 0.0) -> "Times":
        """Tell the times, in seconds, at which to look at a span that begins at `begin` and is so long."""
        if self.sample == "count":
            step = length / self.count
            return Times(begin + step / 2, step, self.count)
        return Times(begin, 1 / self.rate, max(1, int(np.ceil(length * self.rate - ROUNDING))))


@dataclass(frozen=True)
class Times:
    """Moments that follow each other evenly."""

    first: float
    step: float
    count: int

    def __getitem__(self, place: int) -> float:
        return self.first + place * self.step

    def __iter__(self) -> Iterator[float]:
        return (self[place] for place in range(self.count))

    def place_from(self, seconds: float) -> int:
        """Return the place of the first of them that is not before a time; `count` where all are."""
        if seconds - ROUNDING > self[self.count - 1]:
            return self.count
        return max(0, int(np.ceil((seconds - ROUNDING - self.first) / self.step))) if self.step else 0


class Clip(ABC):
    """A span of a video; `wanted` is what `frames` gives where nothing else is asked for."""

    wanted: Wanted

    def frames(self, **changes: Any) -> Iterator[Frame]:
        """Decode the frames that are wanted, in order; `changes` are fields of `Wanted`, such as ``sample="rate", rate=10``.

        Raises `DataError` where the video is damaged, or has not one frame.
        """
        return self._frames(replace(self.wanted, **changes))

    def stack(self, **changes: Any) -> Array:
        """Decode the frames that are wanted into one array, shape (n_frames, height, width) or (n_frames, height, width, 3)."""
        return np.stack([frame.image for frame in self.frames(**changes)])

    @abstractmethod
    def _frames(self, wanted: Wanted) -> Iterator[Frame]: ...


def as_clip(item: Any, row: int) -> Clip:
    """Return `item` where it is a clip, and make one of an array; `DataError` tells what it is instead."""
    if isinstance(item, Clip):
        return item
    from .arrays import ArrayClip

    return ArrayClip(check_array(item, row))


def check_array(item: Any, row: int) -> Array:
    """Return `item` where it is an array of frames; `DataError` tells what it is instead."""
    found = f"{item.dtype}, shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__
    if not isinstance(item, np.ndarray) or item.dtype != np.uint8 or item.ndim not in (3, 4) or item.shape[3:] not in ((), (3,)):
        raise DataError(f"{SHAPES} (got {found})", rows=[row], hint="turn it into such an array, or name a file")
    if item.size == 0:
        raise DataError(f"{SHAPES}, and not empty (got {found})", rows=[row], hint="give it at least one frame")
    return item
