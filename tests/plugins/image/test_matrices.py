import numpy as np
import pytest
from scipy.io import savemat

from asterism.framework import DataError
from asterism.framework.problems import problems_to
from asterism.plugins.image.modality import Image

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 4, 3), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (5, 4, 3, 3), dtype=np.uint8)


def saved(path, **arrays):
    if path.suffix == ".mat":
        savemat(path, arrays)
    elif path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        np.save(path, next(iter(arrays.values())))
    return path


def message_of(path, **fields):
    with pytest.raises(DataError) as caught:
        Image(**fields).read(path)
    return str(caught.value).replace(str(path), path.name)


@pytest.mark.parametrize("images", [GREY, COLOUR])
@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_arrays_of_numpy_are_stacks_of_images(tmp_path, images, name):
    records = Image().read(saved(tmp_path / name, x=images))
    assert np.array_equal(np.stack(list(records)), images)
    assert records.ids == ["0", "1", "2", "3", "4"]
    assert records.targets is None


def test_arrays_of_matlab_have_their_images_along_the_last_axis(tmp_path):
    path = saved(tmp_path / "a.mat", X=np.moveaxis(COLOUR, 0, -1), y=np.arange(5)[:, None])
    records = Image().read(path)
    assert np.array_equal(np.stack(list(records)), COLOUR)
    assert records.targets == ["0", "1", "2", "3", "4"]


def test_rows_of_pixels_are_images_of_the_shape_that_is_given_or_told(tmp_path):
    rows = GREY.reshape(5, 12)
    assert np.array_equal(np.stack(list(Image(shape=(4, 3)).read(saved(tmp_path / "a.npy", x=rows)))), GREY)
    columns = GREY.transpose(0, 2, 1).reshape(5, 12)  # as MATLAB lists them
    path = saved(tmp_path / "a.mat", fea=columns, im_height=4, im_width=3)
    assert np.array_equal(np.stack(list(Image().read(path))), GREY)


def test_the_order_of_pixels_can_be_named(tmp_path):
    by_rows, by_columns = GREY.reshape(5, 12), GREY.transpose(0, 2, 1).reshape(5, 12)
    for name, order, pixels in (("a.mat", "rows", by_rows), ("a.npy", "columns", by_columns)):
        records = Image(shape=(4, 3), order=order).read(saved(tmp_path / name, x=pixels))
        assert np.array_equal(np.stack(list(records)), GREY)


def test_variables_are_named(tmp_path):
    path = saved(tmp_path / "a.npz", train=GREY, test=GREY[:2], kind=np.array([3, 1]))
    records = Image(column="test", target="kind").read(path)
    assert (len(records), records.targets) == (2, ["3", "1"])


@pytest.mark.parametrize("images", [GREY / 255, GREY > 127, GREY.astype(np.int64), GREY.astype(np.float32)])
def test_other_numbers_become_bytes(tmp_path, images):
    with problems_to(lambda problem: None):
        found = np.stack(list(Image().read(saved(tmp_path / "a.npy", x=images))))
    assert np.array_equal(found, 255 * (GREY > 127) if images.dtype == bool else GREY)


@pytest.mark.parametrize(
    ("name", "arrays", "fields", "message"),
    [
        (
            "a.npz",
            {"a": GREY, "b": GREY},
            {},
            "a.npz: several of its variables can be images (a (5, 4, 3), b (5, 4, 3)); name the variable as",
        ),
        ("a.npz", {"a": GREY[:, :, 0]}, {}, "a.npz: none of its variables can be images (a (5, 4)); name the variable as"),
        ("a.npz", {"a": GREY}, {"column": "x"}, "a.npz: has no variable 'x' of numbers; it has a; name another"),
        ("a.npz", {"a": GREY, "k": np.arange(3)}, {"target": "k"}, "a.npz: has 3 classes in 'k' for 5 images; name another `target`"),
        ("a.npz", {"a": GREY, "b": GREY[0]}, {"column": "b"}, "a.npz: an array of shape (4, 3) is no stack of images"),
        ("a.npy", {"a": GREY * 2.5}, {}, "a.npy: holds pixels from"),
        ("a.npy", {"a": np.full((2, 3, 3), np.nan)}, {}, "a.npy: holds pixels from nan to nan"),
        ("a.npy", {"a": np.array([{}, None])}, {}, "a.npy: holds Python objects; save plain arrays of numbers"),
        ("a.mat", {"a": np.array([{"x": 1}, "y"])}, {}, "a.mat: none of its variables can be images (none)"),
        ("a.npy", {"a": GREY}, {"id": "x"}, "a.npy: read as arrays, which has no use for `id`"),
    ],
)
def test_what_is_no_stack_of_images_is_refused(tmp_path, name, arrays, fields, message):
    assert message_of(saved(tmp_path / name, **arrays), **fields).startswith(message)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.mat"])
@pytest.mark.parametrize("content", [b"", b"nothing at all" * 20])
def test_damaged_files_are_refused(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert message_of(tmp_path / name).startswith(f"{name}: ")
