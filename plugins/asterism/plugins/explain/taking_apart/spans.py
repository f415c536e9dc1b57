"""Videos as spans of frames: a span that is left out is cut out, as a word is of a text."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Part
from .apart import Apart

SPANS = 8
BYTES_AT_ONCE = 64 * 2**20
FRAMES_PER_SECOND = 25.0
"""Pace of an array of frames, which has no times of its own."""


def take_apart(clip: Any, n_parts: int | None = None) -> Apart:
    """Take a clip apart: an array of frames, uint8, or anything whose `frames()` gives frames with ``seconds`` and ``image``.

    Of a clip the frames that are wanted of it are taken. Without any span there is the mean of its frames, as often as there were frames.
    """
    frames, seconds = _frames_of(clip)
    cuts = np.linspace(0, len(frames), min(n_parts or SPANS, len(frames)) + 1).round().astype(int)
    owners = np.repeat(np.arange(len(cuts) - 1), np.diff(cuts))
    ends = [*seconds[1:], seconds[-1] + (seconds[-1] / max(1, len(seconds) - 1) or 1 / FRAMES_PER_SECOND)]
    parts = []
    for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        span = (float(seconds[begin]), float(ends[end - 1]))
        parts.append(Part(f"{span[0]:.2f}-{span[1]:.2f} s", 0.0, frames=span))

    def keeping(mask: NDArray[np.bool_]) -> NDArray[Any]:
        if mask.any():
            return np.asarray(frames[mask[owners]])
        still = np.rint(frames.mean(axis=0)).astype(frames.dtype)
        return np.repeat(still[np.newaxis], len(frames), axis=0)

    return Apart(parts, keeping, "spans", at_once=max(1, min(64, BYTES_AT_ONCE // max(1, frames.nbytes))))


def _frames_of(clip: Any) -> tuple[NDArray[Any], list[float]]:
    if hasattr(clip, "frames"):
        found = list(clip.frames())
        return np.stack([frame.image for frame in found]), [float(frame.seconds) for frame in found]
    frames = np.asarray(clip)
    return frames, [place / FRAMES_PER_SECOND for place in range(len(frames))]
