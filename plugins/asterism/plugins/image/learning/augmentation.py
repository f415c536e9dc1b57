"""Changes to images that leave what they show: random, seeded, and for a whole batch at once."""

from collections.abc import Collection
from typing import Any, Literal, TypeAlias

Change: TypeAlias = Literal["crop", "flip", "rotation", "colour", "grey", "blur"]
"""A part of the image, mirrored, turned a little, with other light and colours, without colours, less sharp."""

LEAST_PART = 0.3
"""A crop has at least this share of the area."""
MOST_TURN = 0.26
"""Half a turn is pi; this is 15 degrees."""
STRENGTH = 0.4
"""Light, contrast and saturation change by at most this share."""
GREY_SHARE = 0.2
BLUR_SHARE = 0.3


def augmented(images: Any, changes: Collection[Change], draws: Any) -> Any:
    """Change each image of a batch by itself.

    Parameters
    ----------
    images
        A tensor of shape (n, channels, height, width), from 0 to 1.
    changes
        Which changes are made.
    draws
        A `torch.Generator` on the CPU, where all random numbers come from.
    """
    if set(changes) & {"crop", "flip", "rotation"}:
        images = _moved(images, changes, draws)
    if "colour" in changes:
        images = _coloured(images, draws)
    if "grey" in changes and images.shape[1] == 3:
        images = _some(images, images.mean(1, keepdim=True).expand_as(images), GREY_SHARE, draws)
    if "blur" in changes:
        images = _some(images, _blurred(images), BLUR_SHARE, draws)
    return images


def _moved(images: Any, changes: Collection[Change], draws: Any) -> Any:
    """Crop, mirror and turn in one go, so that pixels are interpolated once."""
    import torch
    from torch.nn import functional

    n = len(images)
    side = _uniform(n, LEAST_PART, 1, draws).sqrt() if "crop" in changes else torch.ones(n)
    mirrored = torch.where(torch.rand(n, generator=draws) < 0.5, -1.0, 1.0) if "flip" in changes else torch.ones(n)
    turn = _uniform(n, -MOST_TURN, MOST_TURN, draws) if "rotation" in changes else torch.zeros(n)
    across, down = (1 - side) * _uniform(n, -1, 1, draws), (1 - side) * _uniform(n, -1, 1, draws)
    first = torch.stack([side * mirrored * turn.cos(), -side * turn.sin(), across], 1)
    second = torch.stack([side * mirrored * turn.sin(), side * turn.cos(), down], 1)
    grid = functional.affine_grid(torch.stack([first, second], 1).to(images), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def _coloured(images: Any, draws: Any) -> Any:
    def factors() -> Any:
        return _uniform(len(images), 1 - STRENGTH, 1 + STRENGTH, draws).to(images)[:, None, None, None]

    images = images * factors()
    middle = images.mean((1, 2, 3), keepdim=True)
    images = middle + (images - middle) * factors()
    grey = images.mean(1, keepdim=True)
    return (grey + (images - grey) * factors()).clamp(0, 1)


def _blurred(images: Any) -> Any:
    from torch.nn import functional

    return functional.avg_pool2d(functional.pad(images, (1, 1, 1, 1), mode="reflect"), 3, 1)


def _some(images: Any, changed: Any, share: float, draws: Any) -> Any:
    import torch

    chosen = (torch.rand(len(images), generator=draws) < share).to(images.device)
    return torch.where(chosen[:, None, None, None], changed, images)


def _uniform(n: int, low: float, high: float, draws: Any) -> Any:
    import torch

    return low + (high - low) * torch.rand(n, generator=draws)
