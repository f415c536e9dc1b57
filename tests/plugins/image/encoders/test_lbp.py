import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from asterism.framework import DataError
from asterism.plugins.image.encoders.lbp import LBP

# Few levels, so that many neighbours are exactly as dark as their pixel.
IMAGE = np.random.default_rng(0).integers(0, 256, (31, 27), dtype=np.uint8) // 50 * 50


@pytest.mark.parametrize(("n_points", "radius"), [(8, 1.0), (3, 1.0), (5, 1.5), (12, 2.5), (16, 2.0)])
@pytest.mark.parametrize("method", ["uniform", "nri_uniform", "ror", "default"])
def test_patterns_are_those_of_scikit_image(n_points, radius, method):
    n_patterns = {"uniform": n_points + 2, "nri_uniform": n_points * (n_points - 1) + 3}.get(method, 2**n_points)
    peer = local_binary_pattern(IMAGE, n_points, radius, method=method).astype(int)
    ours = LBP(n_points=n_points, radius=radius, method=method).transform([IMAGE])
    np.testing.assert_allclose(ours, [np.bincount(peer.ravel(), minlength=n_patterns) / IMAGE.size], atol=1e-7)


def test_cells_of_the_grid_are_counted_apart():
    whole = LBP(grid=(1, 2)).transform([np.hstack([IMAGE[:, :13], np.zeros((31, 13), np.uint8)])])
    assert whole.shape == (1, 20)
    assert whole[0, 10 + 8] > 0.9  # all neighbours of a flat pixel are no darker
    np.testing.assert_allclose(whole.reshape(2, 10).sum(1), 1, rtol=1e-6)


def test_one_pixel_has_a_pattern():
    assert LBP().transform([np.full((1, 1), 3, np.uint8)]).sum() == 1


def test_no_image_is_an_error():
    with pytest.raises(DataError, match="there is not one image to encode"):
        LBP().transform([])
