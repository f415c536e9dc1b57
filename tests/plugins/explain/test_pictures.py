from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from asterism.plugins.explain.explanation import Part
from asterism.plugins.explain.pictures import draw_boxes


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_patches_for_the_group_are_warm_and_those_against_it_blue(shape: tuple[int, ...]) -> None:
    image = np.full(shape, 100, np.uint8)
    drawn = draw_boxes(image, [Part("a", 0.5, box=(0, 0, 4, 4)), Part("b", -0.5, box=(4, 4, 8, 8)), Part("c", 0.0, box=(0, 4, 4, 8))])
    assert drawn is not None
    picture = np.asarray(Image.open(BytesIO(drawn)))
    assert picture.shape == (320, 320, 3)
    red, _, blue = (picture[..., colour].astype(int) for colour in range(3))
    assert red[40, 40] > blue[40, 40] + 100
    assert blue[300, 300] > red[300, 300] + 100
    assert picture[40, 300].tolist() == [100, 100, 100]


def test_large_images_keep_their_size_and_what_has_no_box_is_not_drawn() -> None:
    drawn = draw_boxes(np.zeros((400, 500), np.uint8), [Part("a", 0.5, box=(0, 0, 40, 40))])
    assert drawn is not None
    assert Image.open(BytesIO(drawn)).size == (500, 400)
    assert draw_boxes(np.zeros((8, 8), np.uint8), [Part("comet", 0.5)]) is None
