import numpy as np
import pytest

from asterism.plugins.explain.taking_apart.patches import take_apart


@pytest.mark.parametrize(("shape", "n_parts", "count"), [((10, 7), 9, 9), ((3, 40), 16, 12), ((1, 1), None, 1), ((64, 64, 3), None, 49)])
def test_patches_cover_every_pixel_once(shape: tuple[int, ...], n_parts: int | None, count: int) -> None:
    apart = take_apart(np.zeros(shape, np.uint8), n_parts)
    covered = np.zeros(shape[:2], int)
    for part in apart.parts:
        top, left, bottom, right = part.box or (0, 0, 0, 0)
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()
    assert len(apart) == count
    assert apart.parts[0].name == "patch 1,1"


def test_a_patch_that_is_left_out_has_the_mean_colour() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[:2, :2] = (200, 100, 40)
    apart = take_apart(image, 4)
    shown = apart.keeping(np.array([False, True, True, True]))
    assert (shown[:2, :2] == (50, 25, 10)).all()
    assert (shown[2:] == 0).all()
    assert image[0, 0].tolist() == [200, 100, 40]
    assert shown.dtype == np.uint8


def test_few_large_images_stand_in_memory_together() -> None:
    assert take_apart(np.zeros((4000, 4000), np.uint8)).at_once == 4
