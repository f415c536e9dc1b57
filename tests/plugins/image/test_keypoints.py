import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.orb_bovw import ORBWords
from asterism.plugins.image.encoders.sift_bovw import SIFTWords


def texture(seed, side=96):
    noise = np.random.default_rng(seed).integers(0, 256, (14, 14), dtype=np.uint8)
    return np.asarray(Pillow.fromarray(noise).resize((side, side), Pillow.Resampling.BICUBIC))


IMAGES = [texture(seed) for seed in range(6)]
BOTH = pytest.mark.parametrize("encoder", [SIFTWords, ORBWords])


@BOTH
@pytest.mark.parametrize(("encoding", "factor"), [("counts", 0), ("vlad", 1), ("fisher", 2)])
def test_rows_have_length_one_and_the_columns_of_their_encoding(encoder, encoding, factor):
    rows = encoder(n_words=5, encoding=encoding).fit_transform(Records.of(IMAGES, modality="image"))
    width = 128 if encoder is SIFTWords else 256
    assert rows.shape == (6, 5 * (factor * width or 1))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_descriptors_are_those_of_opencv_with_their_roots():
    (vectors,) = SIFTWords()._described([IMAGES[0]], cv2.SIFT_create(nfeatures=500))
    peer = cv2.SIFT_create(nfeatures=500).detectAndCompute(IMAGES[0], None)[1]
    np.testing.assert_allclose(vectors, np.sqrt(peer / peer.sum(1, keepdims=True)), rtol=1e-5)


def test_points_of_a_grid_are_described_as_opencv_does():
    (vectors,) = SIFTWords(step=16, root=False)._described([IMAGES[0]], cv2.SIFT_create())
    middles = range(8, 96, 16)
    points = [cv2.KeyPoint(x, y, 16) for y in middles for x in middles]
    assert np.array_equal(vectors, cv2.SIFT_create().compute(IMAGES[0], points)[1])


@BOTH
def test_a_grid_describes_smooth_images_too(encoder):
    smooth = [np.add.outer(np.arange(96), turn * np.arange(96)).astype(np.uint8) // 2 for turn in range(2)]
    rows = encoder(n_words=4, step=8).fit_transform(Records.of(smooth, modality="image"))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_a_turned_image_has_nearly_the_same_words():
    encoder = SIFTWords(n_words=12).fit(IMAGES)
    image, turned, other = encoder.transform([IMAGES[0], np.rot90(IMAGES[0]).copy(), IMAGES[1]])
    assert image @ turned > max(0.9, image @ other)


@BOTH
def test_an_image_without_key_points_gets_zeros_and_is_reported(encoder):
    told = []
    with problems_to(told.append):
        rows = encoder(n_words=3).fit(IMAGES).transform([IMAGES[0], np.full((96, 96), 9, np.uint8)])
    assert rows[0].any()
    assert not rows[1].any()
    assert (told[0].message, told[0].rows) == ("have no key point and get a row of zeros", (1,))


@BOTH
def test_images_without_any_key_point_are_refused(encoder):
    with pytest.raises(DataError, match="there is not one key point in all of the images; raise `upscale`"):
        encoder().fit([np.zeros((20, 20), np.uint8)])


def test_small_images_have_key_points_once_they_are_enlarged():
    small = [np.asarray(Pillow.fromarray(image).resize((24, 24))) for image in IMAGES]
    plain, large = (SIFTWords(upscale=factor).fit(small).notes_[0] for factor in (1, 4))
    assert float(large.split()[2]) > 2 * float(plain.split()[2])
