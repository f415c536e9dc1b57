import numpy as np
import pytest

from asterism.framework import DataError
from asterism.plugins.image.encoders.color_histogram import ColorHistogram

IMAGE = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)


def test_channels_are_counted_as_numpy_counts_them():
    expected = [np.histogram(IMAGE[..., channel], bins=8, range=(0, 256))[0] / 600 for channel in range(3)]
    np.testing.assert_allclose(ColorHistogram(space="rgb").transform([IMAGE])[0], np.concatenate(expected), rtol=1e-6)


def test_combinations_are_counted_as_numpy_counts_them():
    expected = np.histogramdd(IMAGE.reshape(-1, 3), bins=4, range=[(0, 256)] * 3)[0].ravel() / 600
    np.testing.assert_allclose(ColorHistogram(space="rgb", bins=4, joint=True).transform([IMAGE])[0], expected, rtol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(30, 20), (7, 5), (2, 1)])
def test_each_cell_of_the_grid_has_shares_that_add_up_to_one(height, width):
    shares = ColorHistogram(grid=(3, 2), bins=5).transform([IMAGE[:height, :width]])
    np.testing.assert_allclose(shares.reshape(18, 5).sum(1), 1, rtol=1e-6)


def test_a_cell_knows_its_own_colours():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:4] = 255
    top, bottom = ColorHistogram(space="lab", bins=2, grid=(2, 1)).transform([image]).reshape(2, 3, 2)[:, 0]
    assert (top.tolist(), bottom.tolist()) == ([0, 1], [1, 0])


def test_a_grey_image_is_a_colour_image_without_saturation():
    grey = IMAGE[..., 0]
    assert np.array_equal(*(ColorHistogram().transform([image]) for image in (grey, np.repeat(grey[..., None], 3, 2))))


def test_no_image_is_an_error():
    with pytest.raises(DataError, match="there is not one image to encode"):
        ColorHistogram().transform([])
