import numpy as np
import pytest
from PIL import Image as Pillow
from scipy.fft import dct

from asterism.framework import DataError
from asterism.plugins.image.encoders.phash import PHash


@pytest.fixture
def photo():
    """Blurred noise: as uneven as a photograph."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 16), dtype=np.uint8)
    return np.asarray(Pillow.fromarray(noise).resize((320, 240), Pillow.Resampling.BICUBIC))


def distance(first, second, **fields):
    bits = PHash(**fields).transform([first, second])
    return int((bits[0] != bits[1]).sum())


def resized(photo, width, height):
    return np.asarray(Pillow.fromarray(photo).resize((width, height)))


def test_waves_are_those_of_the_transform_along_rows_and_columns(photo):
    small = np.asarray(Pillow.fromarray(photo).resize((32, 32), Pillow.Resampling.LANCZOS), float)
    waves = dct(dct(small, axis=0), axis=1)[:8, :8]
    expected = waves / np.outer(*[np.r_[np.sqrt(2), np.ones(7)]] * 2)  # the first of each is longer where nothing is normalised
    assert np.array_equal(PHash(hashes=("dct",)).transform([photo])[0], (expected > np.median(expected)).ravel())


@pytest.mark.parametrize("name", ["dct", "difference", "average"])
def test_a_resized_or_brightened_image_has_nearly_the_same_hash(photo, name):
    assert distance(photo, resized(photo, 200, 200), hashes=(name,)) <= 6
    assert distance(photo, (photo * 0.7 + 40).astype(np.uint8), hashes=(name,)) <= 4


@pytest.mark.parametrize(
    "edit",
    [
        lambda photo: photo[:, ::-1],
        lambda photo: photo[::-1],
        lambda photo: np.rot90(photo).copy(),
        lambda photo: np.asarray(Pillow.fromarray(photo).rotate(30, Pillow.Resampling.BILINEAR)),
        lambda photo: resized(photo, 160, 120),
    ],
)
def test_a_turned_or_mirrored_image_has_nearly_the_same_polar_hash(photo, edit):
    assert distance(photo, edit(photo), hashes=("polar",)) <= 10


def test_other_images_have_other_hashes():
    random = np.random.default_rng(1)
    noise = [np.asarray(Pillow.fromarray(random.integers(0, 256, (12, 12), dtype=np.uint8)).resize((96, 96))) for _ in range(12)]
    bits = PHash().transform(noise).reshape(12, 2, 64)
    far = (bits[:, None] != bits[None]).sum(-1)[~np.eye(12, dtype=bool)]
    assert far.mean(axis=0).min() > 20  # 32 where nothing is shared


def test_hashes_stand_side_by_side(photo):
    both = PHash(hashes=("polar", "average"), hash_size=4).transform([photo])
    assert both.shape == (1, 32)
    assert np.array_equal(both[:, 16:], PHash(hashes=("average",), hash_size=4).transform([photo]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 3)])
def test_small_and_narrow_images_have_a_hash(shape):
    assert PHash().transform([np.full(shape, 5, np.uint8)]).shape == (1, 128)


def test_no_image_is_an_error():
    with pytest.raises(DataError, match="there is not one image to encode"):
        PHash().transform([])
