import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from asterism.plugins.samples.digits import write_digits


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("sample") / "new")


def test_there_is_a_folder_for_each_digit_with_1797_images_in_all(folder):
    assert sorted(path.name for path in folder.iterdir()) == list("0123456789")
    assert len(list(folder.glob("*/*.png"))) == 1797


def test_an_image_is_the_digit_of_that_number_scaled_to_255(folder):
    digits = load_digits()
    for number in (0, 7, 1796):
        image = Image.open(folder / str(digits.target[number]) / f"{number:04}.png")
        assert image.mode == "L"
        assert np.abs(np.asarray(image) - digits.images[number] * 255 / 16).max() <= 0.5


def test_writing_again_gives_the_same_files(folder):
    before = {path: path.read_bytes() for path in folder.glob("0/*.png")}
    write_digits(folder.parent)
    assert before == {path: path.read_bytes() for path in folder.glob("0/*.png")}
