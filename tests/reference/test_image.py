"""The modality `image` and the encoder `pixels` on real data."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import DataError, Pipeline, Stage
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.modality import Image
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of reference data"),
]

DATA = Path(os.environ.get("ASTERISM_DATA", "."))
MNIST = DATA / "image" / "mnist_t10k" / "t10k-images-idx3-ubyte.gz"


def mnist_by_hand():
    images = np.frombuffer(gzip.decompress(MNIST.read_bytes()), np.uint8, offset=16)
    labels = gzip.decompress(MNIST.with_name("t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    return images.reshape(10_000, 784).astype(np.float32) / 255, [str(label) for label in labels]


def test_mnist_is_read_with_its_labels():
    pixels, labels = mnist_by_hand()
    records = Image().read(MNIST)
    assert records.targets == labels
    assert (Pixels().transform(records) == pixels).all()


def test_mnist_is_grouped_as_by_hand_with_scikit_learn():
    from sklearn.cluster import KMeans as TheirKMeans
    from sklearn.decomposition import PCA as TheirPCA  # noqa: N811  # ours has the same name
    from sklearn.metrics import normalized_mutual_info_score as nmi

    pixels, labels = mnist_by_hand()
    placed = TheirPCA(50, svd_solver="covariance_eigh").fit_transform(pixels)
    theirs = TheirKMeans(10, n_init=1, random_state=0).fit_predict(placed)
    stages = [Stage("pixels", Pixels()), Stage("pca", PCA(n_components=50)), Stage("groups", KMeans(n_clusters=10, n_init=1))]
    ours = Pipeline(stages, modality=Image()).fit(MNIST)
    assert nmi(labels, ours["groups"]) == pytest.approx(nmi(labels, theirs), abs=0.002)  # a few of 10,000 images lie between two groups
    assert nmi(ours["groups"], theirs) > 0.99


def test_att_faces_are_40_people_and_what_is_no_image_is_told():
    problems = []
    with problems_to(problems.append):
        records = Image().read(DATA / "image" / "att_faces")
    assert len(records) == 400
    assert len(set(records.targets)) == 40
    assert Pixels().transform(records).shape == (400, 112 * 92)
    assert [problem.count for problem in problems] == [1]  # the README; hidden files are not looked at


def test_the_corrupt_file_among_near_duplicates_is_named():
    folder = DATA / "image" / "near_duplicates" / "mixed_images"
    with pytest.raises(DataError) as caught:
        list(Image().read(folder))
    assert str(caught.value) == (
        f"{folder}/ukbench09268_corrupt.jpg: is no image that can be read (JPEG, PNG, GIF, WEBP, TIFF, BMP, PPM) "
        "(records 'ukbench09268_corrupt.jpg'); leave it out, or save it anew"
    )


def test_a_run_leaves_the_corrupt_file_out_and_says_why():
    folder = DATA / "image" / "near_duplicates" / "mixed_images"
    result = Pipeline([Stage("pixels", Pixels(size=(32, 32)))], modality=Image()).fit(folder)
    assert len(result.ids) == 5
    assert [(problem.ids, problem.place) for problem in result.quarantine] == [
        (("ukbench09268_corrupt.jpg",), f"{folder}/ukbench09268_corrupt.jpg")
    ]
    assert result.quarantine[0].message.startswith("is no image that can be read")


def test_20_objects_are_read_from_a_file_of_matlab_each_upright():
    records = Image().read(DATA / "image" / "coil20" / "COIL20.mat")
    images = np.stack(list(records))
    assert images.shape == (1440, 32, 32)
    assert {target: records.targets.count(target) for target in set(records.targets)} == {str(number): 72 for number in range(1, 21)}
    cars = images[np.array(list(records.targets)) == "3"] > 30  # lit from all sides, and always wider than high
    rows, columns = (cars.any(axis=axis).sum(axis=1).mean() for axis in (2, 1))
    assert columns > 1.5 * rows


def test_characters_of_5_alphabets_are_read_where_they_lie_packed():
    records = Image().read(DATA / "image" / "omniglot_small1" / "images_background_small1.zip")
    assert len(records) == 2720
    assert set(records.targets) == {"Balinese", "Early_Aramaic", "Greek", "Korean", "Latin"}
    assert {(image.shape, image.dtype.name) for image in records[::68]} == {((105, 105), "uint8")}


def test_photographs_of_two_orientations_need_a_size():
    records = Image().read(DATA / "image" / "bsds500")
    with pytest.raises(DataError, match=r"images must have one size: this one is \d+ x \d+, the first is \d+ x \d+"):
        Pixels().transform(records)
    assert Pixels(size=(40, 60), colour=True).transform(records).shape == (40, 40 * 60 * 3)


def test_a_list_of_photographs_is_read_beside_them(tmp_path):
    folder = DATA / "pairs" / "flickr8k_300" / "images"
    assert all(image.ndim == 3 for image in Image().read(folder)[:20])
    (tmp_path / "images").symlink_to(folder)
    (tmp_path / "list.csv").write_text("image\nimages/1000268201_693b08cb0e.jpg\n")
    with pytest.raises(DataError, match="leads out of the table's folder"):
        list(Image().read(tmp_path / "list.csv"))
