import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.feature import hog

from asterism.framework import DataError
from asterism.plugins.image.encoders.hog import HOG

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (4, 33, 41), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (4, 33, 41, 3), dtype=np.uint8)


def of_scikit_image(images, *, colour=False, **fields):
    fields = {"pixels_per_cell": (8, 8), "cells_per_block": (2, 2), **fields}
    return np.array([hog(image, channel_axis=-1 if colour else None, **fields) for image in images])


@pytest.mark.parametrize("block_norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
@pytest.mark.parametrize("transform_sqrt", [False, True])
@pytest.mark.parametrize("colour", [False, True])
def test_numbers_are_those_of_scikit_image(block_norm, transform_sqrt, colour):
    images, fields = COLOUR if colour else GREY, {"block_norm": block_norm, "transform_sqrt": transform_sqrt}
    ours = HOG(size=None, colour=colour, **fields).transform(list(images))
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, of_scikit_image(images, colour=colour, **fields), rtol=0, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    image=st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).integers(0, 4, (30, 26), dtype=np.uint8) * 60),
    orientations=st.integers(1, 16),
    cell=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    block=st.tuples(st.integers(1, 2), st.integers(1, 2)),
)
def test_they_are_so_for_any_settings_and_for_edges_on_the_limit_of_a_part(image, orientations, cell, block):
    fields = {"orientations": orientations, "pixels_per_cell": cell, "cells_per_block": block}
    np.testing.assert_allclose(HOG(size=None, **fields).transform([image]), of_scikit_image([image], **fields), rtol=0, atol=1e-6)


def test_an_image_without_edges_is_zero():
    assert not HOG().transform([np.full((32, 32), 9, np.uint8)]).any()


@pytest.mark.parametrize("shape", [(1, 1), (12, 12), (112, 92), (70, 90, 3)])
def test_images_of_any_size_and_colour_will_do(shape):
    image = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert HOG().transform([image, GREY[0]]).shape == (2, 7 * 7 * 36)


def test_images_are_brought_to_the_size():
    assert HOG(size=(32, 24)).transform([GREY[0], GREY[1, :20]]).shape == (2, 3 * 2 * 36)


def test_an_image_smaller_than_a_block_is_refused():
    with pytest.raises(DataError, match=r"images of 15 x 40 pixels are smaller than one block of 16 x 16 .*; lower `pixels_per_cell`"):
        HOG(size=None).transform([GREY[0, :15, :40]])
