import numpy as np
import pytest
from PIL import Image as Pillow

from asterism.framework import DataError, Pipeline, Stage
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.patches import Patches

IMAGE = np.arange(7 * 5 * 3, dtype=np.uint8).reshape(7, 5, 3)


@pytest.fixture
def photo(tmp_path):
    Pillow.fromarray(IMAGE).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_there_is_a_window_around_every_place(photo):
    records = Patches(size=3, stride=1).read(photo)
    assert len(records) == 35
    assert records.ids[:6] == [f"photo.png#0,{column}" for column in range(5)] + ["photo.png#1,0"]
    assert np.array_equal(records[6], IMAGE[:3, :3])
    assert np.array_equal(records[-1], np.pad(IMAGE, ((1, 1), (1, 1), (0, 0)), mode="symmetric")[6:9, 4:7])


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_the_middle_of_a_window_is_the_place_that_its_id_names(photo, size):
    for identity, window in zip((records := Patches(size=size, stride=2).read(photo)).ids, records, strict=True):
        row, column = map(int, identity.rpartition("#")[2].split(","))
        assert window.shape == (size, size, 3)
        assert np.array_equal(window[size // 2, size // 2], IMAGE[row, column])


def test_windows_tell_their_image_as_their_parent(tmp_path):
    for name in ("a.png", "b.png"):
        Pillow.fromarray(IMAGE).save(tmp_path / name)
    records = Patches(stride=4).read(tmp_path)
    assert list(dict.fromkeys(records.about("parent"))) == ["a.png", "b.png"]
    assert len(records) == 8


def test_a_large_image_is_reduced_first(tmp_path):
    Pillow.new("L", (400, 100), 77).save(tmp_path / "wide.png")
    records = Patches(stride=10, max_side=200, size=5).read(tmp_path / "wide.png")
    assert len(records) == 20 * 5
    assert (records[0] == 77).all()
    assert records[0].shape == (5, 5, 3)


def test_an_image_that_cannot_be_read_is_left_out_and_reported(photo):
    (photo.parent / "broken.png").write_bytes(b"no image")
    told = []
    with problems_to(told.append):
        records = Patches(stride=3).read(photo.parent)
        assert {identity.partition("#")[0] for identity in records.ids} == {"photo.png"}
    assert "broken.png: is no image that can be read" in told[0].message
    assert told[0].ids == ("broken.png",)


def test_where_no_image_can_be_read_that_is_said(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with problems_to(lambda problem: None), pytest.raises(DataError, match="not one image can be read"):
        len(Patches().read(tmp_path))


def test_patches_go_through_a_pipeline_of_image_encoders(photo):
    result = Pipeline([Stage("pixels", Pixels(size=(1, 1), colour=True))], modality=Patches(stride=1, size=1)).fit(photo)
    assert np.allclose(255 * result["pixels"], IMAGE.reshape(-1, 3), atol=1e-4)
    assert set(result.about["parent"]) == {"photo.png"}


def test_patches_are_shown_and_written_as_images(photo, tmp_path):
    records = Patches(stride=3).read(photo)
    assert Patches().preview(records[0]).startswith(b"\x89PNG")
    assert len(Patches().write(list(records), tmp_path / "out")) == len(records)
