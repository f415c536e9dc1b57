"""Pictures that a network can learn from in a second."""

import numpy as np
import pytest


def picture(seed):
    """Draw a disc over a ramp: there is an above and a below, and each disc has a colour and a place of its own."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[:20, :20]
    image = np.stack([6 * down, 3 * down, 0 * down], -1) + random.integers(0, 20, (20, 20, 3))
    image[(down - random.integers(4, 16)) ** 2 + (across - random.integers(4, 16)) ** 2 < 14] = random.integers(100, 256, 3)
    return image.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def pictures():
    return [picture(seed) for seed in range(48)]
