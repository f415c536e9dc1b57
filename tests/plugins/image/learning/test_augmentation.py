"""Augmentation changes what it says, each image by itself, and the same way from the same seed."""

from typing import get_args

import pytest
import torch

from asterism.plugins.image.learning.augmentation import Change, augmented

EVERY = get_args(Change)


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("changes", [*((name,) for name in EVERY), EVERY, ()], ids="+".join)
@pytest.mark.parametrize("channels", [1, 3])
def test_images_keep_their_form_and_each_is_changed_by_itself(changes, channels):
    images = torch.rand(6, channels, 12, 10, generator=generator(0)).repeat_interleave(2, 0)
    first, second = (augmented(images, changes, generator(1)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == images.shape
    assert first.min() >= 0
    assert first.max() <= 1
    nothing_to_do = not changes or (changes == ("grey",) and channels == 1)
    assert torch.equal(first, images) == nothing_to_do
    assert nothing_to_do or any(not torch.equal(first[place], first[place + 1]) for place in range(0, 12, 2))


@pytest.mark.parametrize("change", ["flip", "grey"])
def test_some_images_are_mirrored_or_grey_and_the_others_are_as_they_were(change):
    images = torch.rand(40, 3, 9, 8, generator=generator(0))
    found = augmented(images, (change,), generator(1))
    expected = images.flip(3) if change == "flip" else images.mean(1, keepdim=True).expand_as(images)
    changed, same = (torch.isclose(found, other, atol=1e-5).flatten(1).all(1) for other in (expected, images))
    assert (changed | same).all()
    assert 0 < changed.sum() < 40


def test_a_crop_shows_a_part_of_the_image():
    ramp = torch.linspace(0, 1, 64).expand(50, 1, 64, 64)
    spans = augmented(ramp, ("crop",), generator(0))[:, 0, 0]
    widths = spans[:, -1] - spans[:, 0]
    assert (widths > 0.3**0.5 - 0.02).all()
    assert (widths <= 1).all()
    assert widths.std() > 0.05


def test_a_rotation_is_of_15_degrees_at_most():
    bar = torch.zeros(60, 1, 65, 65)
    bar[:, :, 32, :] = 1
    rise = augmented(bar, ("rotation",), generator(0))[:, 0, :, 57].argmax(1) - 32  # 25 pixels from the middle
    assert rise.abs().max() <= 25 * 0.268 + 1
    assert rise.min() < -3
    assert rise.max() > 3
