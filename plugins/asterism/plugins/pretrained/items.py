"""Images and clips as vision models want them: in colour, and a clip as so many frames."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

Array: TypeAlias = NDArray[np.uint8]

IMAGE = "an image is a uint8 array of shape (height, width) or (height, width, 3)"
CLIP = "a clip is a uint8 array of shape (frames, height, width) or (frames, height, width, 3)"


def image_of(item: Any, row: int) -> Array:
    """Return an image in colour, shape (height, width, 3); `DataError` where the item is none."""
    if _is_clip(item):
        hint = "take encoder/frames with this one as its `frame_encoder`, or name a model of videos"
        raise DataError("the model reads images, and this is a clip", rows=[row], hint=hint)
    if not _is_image(item):
        raise DataError(f"{IMAGE} (got {_told(item)})", rows=[row], hint="turn it into such an array, or name a file")
    return _in_colour(item)


def frames_of(item: Any, row: int, n_frames: int) -> Array:
    """Return `n_frames` frames of a clip in colour, shape (n_frames, height, width, 3); `DataError` where the item is no clip."""
    if _is_image(item):
        reason = f"the model reads videos, {n_frames} frames of each, and this is an image"
        raise DataError(reason, rows=[row], hint="name a model of images, such as facebook/dinov2-small")
    if not _is_clip(item):
        raise DataError(f"{CLIP} (got {_told(item)})", rows=[row], hint="turn it into such an array, or name a file")
    frames = item if isinstance(item, np.ndarray) else _decoded(item, row, n_frames)
    middles = (np.arange(n_frames) + 0.5) * len(frames) / n_frames  # of equal spans; a short clip shows a frame more than once
    return np.stack([_in_colour(frames[int(place)]) for place in middles])


def _decoded(clip: Any, row: int, n_frames: int) -> Array:
    """Decode frames of a clip; an error is told the row, for it is decoded only here."""
    try:
        frames: Array = clip.stack(sample="count", count=n_frames, colour=True)
    except DataError as error:
        error.rows = (row,)
        raise
    return frames


def _is_image(item: Any) -> bool:
    return _is_bytes(item) and (item.ndim == 2 or (item.ndim == 3 and item.shape[2] == 3))


def _is_clip(item: Any) -> bool:
    """Tell a clip: frames in an array, or something that decodes them, which the family of videos knows and this one need not."""
    if hasattr(item, "stack"):
        return True
    return _is_bytes(item) and ((item.ndim == 3 and item.shape[2] != 3) or (item.ndim == 4 and item.shape[3] == 3))


def _is_bytes(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.dtype == np.uint8 and item.size > 0


def _told(item: Any) -> str:
    return f"{item.dtype}, shape {item.shape}" if isinstance(item, np.ndarray) else type(item).__name__


def _in_colour(image: Array) -> Array:
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
