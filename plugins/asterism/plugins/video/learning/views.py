"""Views of clips: half of the time, and changes that are the same in every frame, so that what moves is left as it is."""

from collections.abc import Collection
from typing import Any, Literal, TypeAlias

Change: TypeAlias = Literal["crop", "mirror", "light"]
"""A part of the frame, left and right exchanged, lighter or darker."""

EVERY: tuple[Change, ...] = ("crop", "mirror", "light")
LEAST_PART = 0.6
"""A crop has at least this share of the area."""
LIGHT = 0.3
"""Light changes by at most this share."""


def viewed(clips: Any, changes: Collection[Change], draws: Any) -> Any:
    """Take a view of each clip of a batch, at a time that they have in common.

    Parameters
    ----------
    clips
        A tensor of shape (n, channels, n_frames, height, width), from 0 to 1.
    changes
        Which changes are made besides.
    draws
        A `torch.Generator` on the CPU, where all random numbers come from.
    """
    import torch

    n, n_frames = clips.shape[0], clips.shape[2]
    length = n_frames // 2
    start = int(torch.randint(n_frames - length + 1, (), generator=draws))
    clips = clips[:, :, start : start + length]
    if set(changes) & {"crop", "mirror"}:
        clips = _moved(clips, changes, draws)
    if "light" in changes:
        clips = (clips * _uniform(n, 1 - LIGHT, 1 + LIGHT, draws).to(clips)[:, None, None, None, None]).clamp(0, 1)
    return clips


def _moved(clips: Any, changes: Collection[Change], draws: Any) -> Any:
    """Crop and mirror in one go, all frames of a clip alike."""
    import torch
    from torch.nn import functional

    n = len(clips)
    side = _uniform(n, LEAST_PART, 1, draws).sqrt() if "crop" in changes else torch.ones(n)
    mirrored = torch.where(torch.rand(n, generator=draws) < 0.5, -1.0, 1.0) if "mirror" in changes else torch.ones(n)
    across, down = ((1 - side) * _uniform(n, -1, 1, draws) for _ in range(2))
    nothing = torch.zeros(n)
    ways = torch.stack([torch.stack([side * mirrored, nothing, across], 1), torch.stack([nothing, side, down], 1)], 1)
    frames = clips.flatten(1, 2)  # the frames as channels
    grid = functional.affine_grid(ways.to(clips), list(frames.shape), align_corners=False)
    return functional.grid_sample(frames, grid, padding_mode="reflection", align_corners=False).reshape(clips.shape)


def _uniform(n: int, low: float, high: float, draws: Any) -> Any:
    import torch

    return low + (high - low) * torch.rand(n, generator=draws)
