from io import BytesIO

import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import Records
from asterism.framework.problems import problems_to
from asterism.plugins.image.overlays import overlays
from asterism.plugins.image.patches import Patches

GREY = np.full((6, 8), 100, np.uint8)


@pytest.fixture
def records(tmp_path):
    for name in ("a.png", "b.png"):
        Pillow.fromarray(GREY).save(tmp_path / name)
    return Patches(stride=2, size=3).read(tmp_path)


def drawn(content):
    return np.asarray(Pillow.open(BytesIO(content)))


def columns_of(records):
    return np.array([int(identity.rpartition(",")[2]) for identity in records.ids])


def test_each_image_gets_the_regions_of_its_own_patches(records):
    groups = (columns_of(records) >= 4).astype(np.int64)
    pictures = overlays(groups, records.ids, records)
    assert list(pictures) == ["overlay-0.png", "overlay-1.png"]
    picture = drawn(pictures["overlay-0.png"])
    assert picture.shape == (6, 8, 3)
    assert (picture[:, 4] == 255).all()  # the border
    assert (picture[:, :4] == picture[0, 0]).all()
    assert (picture[:, 5:] == picture[0, 7]).all()
    assert not (picture[0, 0] == picture[0, 7]).all()


def test_patches_of_no_group_stay_as_they_are(records):
    groups = np.where(columns_of(records) >= 4, 0, -1)
    picture = drawn(overlays(groups, records.ids, records)["overlay-1.png"])
    assert (picture[:, :4] == 100).all()


def test_patches_that_were_left_out_are_of_no_group(records):
    kept = [row for row in range(len(records)) if row != 0]
    pictures = overlays(np.zeros(len(kept), np.int64), [records.ids[row] for row in kept], records)
    assert (drawn(pictures["overlay-0.png"])[0, 0] == 100).all()


def test_of_many_images_the_first_are_drawn_and_that_is_said(records):
    told = []
    with problems_to(told.append):
        assert len(overlays(np.zeros(len(records), np.int64), records.ids, records, most=1)) == 1
    assert told[0].message == "overlays are drawn of the first 1 images"


def test_other_records_have_no_overlays():
    assert overlays(np.zeros(2, np.int64), ["0", "1"], Records.of([GREY, GREY], modality="image")) is None
