import gzip
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from asterism.framework import DataError
from asterism.plugins.image.idx import is_idx, labels_beside, read_idx


def idx(array, code=8):
    return struct.pack(">HBB", 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3)), st.booleans())
def test_what_was_written_is_read(tmp_path_factory, array, packed):
    path = tmp_path_factory.mktemp("idx") / ("x.idx.gz" if packed else "x.idx")
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    assert (read_idx(path, 3) == array).all()


def test_the_images_are_views_of_one_block(tmp_path):
    path = tmp_path / "x.idx"
    path.write_bytes(idx(np.zeros((4, 2, 2), np.uint8)))
    images = read_idx(path, 3)
    assert all(np.shares_memory(image, images) for image in images)


BROKEN = {
    b"": "is no idx file: it begins with nothing; name another `format`",
    b"\x89PNG": "is no idx file: it begins with 89 50 4e 47; name another `format`",
    idx(np.zeros((1, 1, 1), np.float32), code=0x0D): "holds idx values of type 0x0d; save it as unsigned bytes (0x08)",
    idx(np.zeros(3, np.uint8)): "has 1 dimensions, 3 are needed; name the idx3 file, which holds images",
    idx(np.zeros((1, 1, 1), np.uint8))[:9]: "ends within its header; fetch the file again",
    idx(np.zeros((2, 3, 3), np.uint8))[:-1]: "the header announces 2 x 3 x 3 = 18 bytes, there are 17; fetch the file again",
    idx(np.zeros((2, 3, 3), np.uint8)) + b"x": "the header announces 2 x 3 x 3 = 18 bytes, there are 19; fetch the file again",
    struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1): (
        "the header announces 4294967295 x 4294967295 x 4294967295 = 79,228,162,458,924,105,385,300,197,375 bytes, there are 0; "
        "fetch the file again"
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.items())
def test_a_broken_file_is_refused(tmp_path, content, message):
    path = tmp_path / "x.idx"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_idx(path, 3)
    assert str(caught.value) == f"{path}: {message}"


def test_a_gzip_file_that_is_cut_is_refused(tmp_path):
    path = tmp_path / "x.idx.gz"
    path.write_bytes(gzip.compress(idx(np.arange(27, dtype=np.uint8).reshape(3, 3, 3)))[:-9])
    with pytest.raises(DataError, match="is no gzip file, or a damaged one"):
        read_idx(path, 3)


def test_a_gzip_bomb_is_refused(tmp_path):
    path = tmp_path / "x.idx.gz"
    path.write_bytes(gzip.compress(idx(np.zeros((20, 1000, 1000), np.uint8))))
    with pytest.raises(DataError, match="a decompression bomb"):
        read_idx(path, 3)


@given(content=st.binary(max_size=40))
def test_any_bytes_give_an_array_or_a_data_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("idx") / "x.idx"
    path.write_bytes(b"\0\0\x08\x03" + content)
    with suppress(DataError):
        assert read_idx(path, 3).ndim == 3


@pytest.mark.parametrize("name", ["t10k-images-idx3-ubyte.gz", "train-images.idx3-ubyte", "digits.idx", "DIGITS.IDX.GZ"])
def test_idx_is_told_by_its_usual_names(tmp_path, name):
    assert is_idx(tmp_path / name)


@pytest.mark.parametrize("name", ["idx.png", "photos", "images.gz"])
def test_other_names_are_not_idx(tmp_path, name):
    assert not is_idx(tmp_path / name)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    ],
)
def test_labels_are_found_beside_the_images(tmp_path, images, labels):
    (tmp_path / labels).touch()
    assert labels_beside(tmp_path / images) == tmp_path / labels


def test_without_a_file_of_labels_there_are_none(tmp_path):
    assert labels_beside(tmp_path / "t10k-images-idx3-ubyte") is None
    assert labels_beside(tmp_path / "digits.idx") is None
