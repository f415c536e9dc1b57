import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2hsv, rgb2lab

from asterism.plugins.image.colours import RANGES, in_space

COLOUR = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(("space", "peer"), [("hsv", rgb2hsv), ("lab", rgb2lab)])
@given(colours=st.lists(COLOUR, min_size=1, max_size=8))
def test_colours_are_those_of_scikit_image(space, peer, colours):
    image = np.array([colours], np.uint8)
    found = in_space(image, space)
    np.testing.assert_allclose(found, peer(image), atol=1e-9)
    for channel, (low, high) in enumerate(RANGES[space]):
        assert low - 1e-9 <= found[..., channel].min()
        assert found[..., channel].max() <= high + 1e-9
