"""Image features against scikit-image, one image after the other there, and groups of real images by them against the known classes.

ASTERISM_DATA=... python tests/benchmarks/image_features.py
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
from measuring import compare
from scipy.io import loadmat
from skimage.feature import hog, local_binary_pattern
from skimage.filters import gabor
from sklearn import cluster, decomposition
from sklearn.metrics import normalized_mutual_info_score

from asterism.plugins.image.encoders.gabor import Gabor
from asterism.plugins.image.encoders.hog import HOG
from asterism.plugins.image.encoders.lbp import LBP
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.image.modality import Image
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.plugins.vectors.reducers.umap import UMAP

DATA = Path(os.environ.get("ASTERISM_DATA", "")) / "image"
FAST: dict[str, Any] = {"size": (64, 64), "cells_per_block": (3, 3)}
"""As the ready spec `images-fast` has it."""


def digits() -> tuple[list[Any], list[Any]]:
    records = Image().read(DATA / "mnist_t10k" / "t10k-images-idx3-ubyte.gz")
    return list(records), list(records.targets or ())


def objects() -> tuple[list[Any], list[Any]]:
    found = loadmat(DATA / "coil20" / "COIL20.mat")
    return [np.ascontiguousarray(row.reshape(32, 32).T) for row in found["X"]], found["Y"].ravel().tolist()


def faces() -> tuple[list[Any], list[Any]]:
    records = Image().read(DATA / "att_faces")
    return list(records), list(records.targets or ())


def speed(images: list[Any]) -> None:
    random = np.random.default_rng(0)
    large = [random.integers(0, 256, (128, 128), dtype=np.uint8) for _ in range(40)]
    small = images[:1000]
    edges("hog, 1,000 of 28 x 28, cells of 4", small, (4, 4))
    edges("hog, 40 of 128 x 128, cells of 8", large, (8, 8))
    LBP().transform(large[:1])
    compare("lbp, 40 of 128 x 128", lambda: LBP().transform(large), lambda: [local_binary_pattern(x, 8, 1, "uniform") for x in large])
    bank = [(frequency, np.pi * turn / 4) for frequency in (0.1, 0.2, 0.4) for turn in range(4)]
    few = large[:4]
    compare("gabor, 4 of 128 x 128", lambda: Gabor().transform(few), lambda: [gabor(x / 255, *one) for x in few for one in bank])


def edges(name: str, images: list[Any], cell: tuple[int, int]) -> None:
    ours = HOG(size=None, pixels_per_cell=cell)
    ours.transform(images[:1])
    compare(name, lambda: ours.transform(images), lambda: [hog(x, pixels_per_cell=cell, cells_per_block=(2, 2)) for x in images])


def quality(name: str, images: list[Any], classes: list[Any]) -> None:
    n_classes = len(set(classes))

    def agreement(step: str, ours: Any, peer: Any) -> None:
        groups = (
            KMeans(n_clusters=n_classes, n_init=10).fit(ours).labels_,
            cluster.KMeans(n_classes, n_init=10, random_state=0).fit_predict(peer),
        )
        mine, theirs = (normalized_mutual_info_score(classes, labels) for labels in groups)
        print(f"{name:12} {step:22} NMI   ours {mine:.3f}   scikit-learn {theirs:.3f}", flush=True)

    for step, found in (("pixels, pca", Pixels().transform(images)), ("images-fast", HOG(**FAST).transform(images))):
        reduced = PCA(n_components=50).fit_transform(found)
        agreement(step, reduced, decomposition.PCA(50, random_state=0).fit_transform(found))
    near = UMAP(n_components=5, n_neighbors=10, min_dist=0.0).fit_transform(reduced)
    agreement("images-fast with umap", near, near)


if __name__ == "__main__":
    found = {"mnist_t10k": digits(), "coil20": objects(), "att_faces": faces()}
    speed(found["mnist_t10k"][0])
    for name, (images, classes) in found.items():
        quality(name, images, classes)
