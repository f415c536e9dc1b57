import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from asterism.framework import DataError, Records
from asterism.plugins.image.encoders.pixels import Pixels

GREY = np.array([[[0, 51], [102, 255]], [[1, 2], [3, 4]]], np.uint8)
COLOUR = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3), np.uint8)


def records(images):
    return Records.of(list(images), modality="image")


def test_pixels_run_row_by_row_from_0_to_1():
    pixels = Pixels().transform(records(GREY[:1]))
    assert pixels.dtype == np.float32
    assert pixels.tolist() == [[0, np.float32(0.2), np.float32(0.4), 1]]


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3, max_side=6)))
def test_grey_images_are_the_same_numbers_as_by_hand(images):
    by_hand = images.reshape(len(images), -1).astype(np.float32) / 255
    assert (Pixels().transform(records(images)) == by_hand).all()


def test_colour_is_made_grey_as_pillow_does():
    by_hand = np.stack([np.asarray(Image.fromarray(image).convert("L")).ravel() for image in COLOUR])
    assert (Pixels().transform(records(COLOUR)) == by_hand.astype(np.float32) / 255).all()


def test_colour_keeps_the_three_channels_of_a_pixel_together():
    assert (Pixels(colour=True).transform(records(COLOUR)) == COLOUR.reshape(3, -1).astype(np.float32) / 255).all()


def test_grey_images_fill_all_three_channels_where_colour_is_wanted():
    assert (Pixels(colour=True).transform(records(GREY)) == np.repeat(Pixels().transform(records(GREY)), 3, axis=1)).all()


def test_size_is_height_and_width_and_resizes_as_pillow_does():
    pixels = Pixels(size=(2, 3), colour=True).transform(records(COLOUR))
    by_hand = np.asarray(Image.fromarray(COLOUR[0]).resize((3, 2), Image.Resampling.BILINEAR))
    assert (pixels[0] == by_hand.reshape(-1).astype(np.float32) / 255).all()


def test_images_of_different_sizes_are_refused_without_size():
    images = [GREY[0], GREY[1], np.zeros((3, 5), np.uint8)]
    with pytest.raises(DataError) as caught:
        Pixels().transform(records(images))
    assert str(caught.value) == (
        "images must have one size: this one is 3 x 5, the first is 2 x 2 (rows 2); set `size`, such as [32, 32], to resize them all"
    )
    assert Pixels(size=(2, 2)).transform(records(images)).shape == (3, 4)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("a path", "(got str) (rows 0); turn it into an array first"),
        (GREY[0] / 255, "(got float64, shape (2, 2)) (rows 0); scale its values to 0..255 and cast with .astype('uint8')"),
        (GREY[0][0], ", and not empty (got shape (2,)) (rows 0); give each image by itself, with its channels last"),
        (COLOUR, ", and not empty (got shape (3, 4, 5, 3)) (rows 0); give each image by itself, with its channels last"),
        (COLOUR[0][:0], ", and not empty (got shape (0, 5, 3)) (rows 0); give each image by itself, with its channels last"),
        (COLOUR[0][:, :, :2], ", and not empty (got shape (4, 5, 2)) (rows 0); give each image by itself, with its channels last"),
    ],
)
def test_what_is_no_image_is_refused(item, message):
    with pytest.raises(DataError) as caught:
        Pixels().transform([item])
    rule = "an image is a uint8 array of shape (height, width) or (height, width, 3)"
    assert str(caught.value) == rule + (message if message.startswith(",") else f" {message}")


def test_no_image_at_all_is_refused():
    with pytest.raises(DataError) as caught:
        Pixels().transform([])
    assert str(caught.value) == "there is not one image to encode; give it at least one"


def test_an_iterable_of_unknown_length_is_encoded_too():
    assert (Pixels().transform(iter(GREY)) == Pixels().transform(records(GREY))).all()


@settings(deadline=None)
@given(size=st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)), colour=st.booleans())
def test_a_batch_gives_the_same_as_its_rows_one_by_one(size, colour):
    encoder = Pixels(size=size, colour=colour)
    one_by_one = np.concatenate([encoder.transform([image]) for image in COLOUR])
    assert (encoder.transform(records(COLOUR)) == one_by_one).all()


def test_inputs_are_not_changed_and_nothing_is_learned():
    before = COLOUR.copy()
    encoder = Pixels(size=(2, 2))
    encoder.fit_transform(records(COLOUR))
    assert (before == COLOUR).all()
    assert encoder.is_stateless
    assert encoder.learned() == {}


def test_images_that_cannot_be_written_to_and_strided_ones_are_encoded():
    view = COLOUR[:, ::-1, ::2]
    view.flags.writeable = False
    assert (Pixels().transform(view) == Pixels().transform(view.copy())).all()
