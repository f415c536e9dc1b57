"""JPEG files are decoded no larger than an encoder asks for, and look as they would otherwise."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL.JpegImagePlugin import JpegImageFile

from asterism.framework import DataError, Records
from asterism.framework.running.feed import Feed
from asterism.plugins.image.modality import Image
from asterism.plugins.image.sizing import images_of, of_one_size, resized


@pytest.fixture
def photo(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    image = Pillow.fromarray(noise).resize((640, 480), Pillow.Resampling.BICUBIC)
    image.save(tmp_path / "photo.jpg", quality=95)
    exif = Pillow.Exif()
    exif[0x0112] = 6  # it lies on its side
    image.save(tmp_path / "turned.jpg", quality=95, exif=exif)
    image.save(tmp_path / "photo.png")
    return tmp_path


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", ["photo.jpg", "turned.jpg", "photo.png"])
def test_a_reduced_image_is_nearly_the_whole_one_made_small(photo, name, colour):
    (found,) = images_of(Image().read(photo / name), (60, 50), colour=colour)
    whole = Image(mode="colour" if colour else "grey").read(photo / name)[0]
    assert found.shape == (60, 50, 3) if colour else (60, 50)
    assert np.abs(found.astype(int) - resized(whole, (60, 50))).mean() < 1.5


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("photo.jpg", (60, 80), (60, 80)),
        ("photo.jpg", (61, 80), (120, 160)),
        ("photo.jpg", (200, 100), (240, 320)),
        ("photo.jpg", (300, 300), (480, 640)),
        ("turned.jpg", (80, 60), (60, 80)),
        ("turned.jpg", (60, 80), (120, 160)),
    ],
)
def test_jpeg_files_are_decoded_small_and_never_too_small(photo, monkeypatch, name, size, expected):
    decoded, draft = [], JpegImageFile.draft

    def spy(image, mode, wanted):
        draft(image, mode, wanted)
        decoded.append(image.size[::-1])

    monkeypatch.setattr(JpegImageFile, "draft", spy)
    (found,) = images_of(Image().read(photo / name), size, colour=False)
    assert decoded == [expected]
    assert found.shape == size


@pytest.mark.parametrize("name", ["folder", "photos.zip", "list.csv"])
def test_a_run_decodes_for_fit_as_it_does_for_a_batch(photo, tmp_path_factory, name):
    source = photo
    if name == "photos.zip":
        source = Path(shutil.make_archive(str(tmp_path_factory.mktemp("packed") / "photos"), "zip", photo))
    elif name == "list.csv":
        source = photo / name
        source.write_text("image\nphoto.jpg\nphoto.png\nturned.jpg\n")
    records, seen = Image().read(source), []
    left = Feed(records).left(seen.append)
    assert np.array_equal(of_one_size(left, (60, 50), colour=True), of_one_size(records, (60, 50), colour=True))
    assert seen == [3]  # who watches the records go by sees them
    whole = [resized(image, (60, 50)) for image in records]
    assert not np.array_equal(of_one_size(left, (60, 50), colour=True), whole)  # so it was decoded small


def test_a_header_that_declares_too_many_pixels_is_refused_all_the_same(photo):
    with pytest.raises(DataError, match="more than max_pixels=1000"):
        list(images_of(Image(max_pixels=1000).read(photo / "photo.jpg"), (8, 8), colour=False))


def test_images_of_other_sizes_are_refused_where_no_size_is_asked_for():
    images = Records.of([np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)], modality="image")
    with pytest.raises(DataError, match="images must have one size: this one is 4 x 5, the first is 4 x 4") as caught:
        of_one_size(images, None, colour=False)
    assert caught.value.rows == (1,)
    assert of_one_size(images, (2, 2), colour=True).shape == (2, 2, 2, 3)
