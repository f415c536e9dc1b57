import numpy as np
import pytest
from skimage.filters import gabor

from asterism.framework import DataError
from asterism.plugins.image.encoders.gabor import Gabor

IMAGE = np.random.default_rng(0).integers(0, 256, (40, 34), dtype=np.uint8)


@pytest.mark.parametrize(("frequency", "bandwidth"), [(0.1, 1.0), (0.25, 1.5), (0.4, 1.0)])
def test_answers_are_those_of_scikit_image(frequency, bandwidth):
    expected = []
    for turn in range(3):
        answer = np.hypot(*gabor(IMAGE / 255, frequency, theta=np.pi * turn / 3, bandwidth=bandwidth, mode="reflect"))
        expected += [answer.mean(), answer.std()]
    ours = Gabor(frequencies=(frequency,), n_orientations=3, bandwidth=bandwidth, grid=(1, 1)).transform([IMAGE])
    np.testing.assert_allclose(ours[0], expected, atol=1e-6)


def test_a_wave_is_answered_by_the_filter_of_its_length_and_direction():
    across = np.tile(np.arange(64), (64, 1))
    image = (127 + 120 * np.sin(2 * np.pi * 0.2 * across)).astype(np.uint8)
    answers = Gabor(grid=(1, 1)).transform([image])[0].reshape(3, 4, 2)[..., 0]
    assert np.unravel_index(answers.argmax(), answers.shape) == (1, 0)


def test_columns_are_cell_by_cell():
    image = np.zeros((32, 32), np.uint8)
    image[:16, :16] = IMAGE[:16, :16]
    cells = Gabor(frequencies=(0.4,), n_orientations=2).transform([image]).reshape(4, 4)
    assert cells[0].min() > 0
    assert cells[3].max() < cells[0].min()


def test_no_image_is_an_error():
    with pytest.raises(DataError, match="there is not one image to encode"):
        Gabor().transform([])
