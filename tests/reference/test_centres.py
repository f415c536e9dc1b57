"""Groups around means and mixtures on real images and texts: the same groups as scikit-learn's, and by sums the same as in memory."""

import gzip
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat
from sklearn import cluster, mixture
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import fit_by_sums
from asterism.plugins.vectors.clusterers.bisecting_kmeans import BisectingKMeans
from asterism.plugins.vectors.clusterers.gaussian_mixture import GaussianMixture
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.clusterers.mini_batch_kmeans import MiniBatchKMeans

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]


def coil20(data: Path) -> tuple[Any, list[str], int]:
    """1,440 pictures of 20 things that turn."""
    content = loadmat(data / "image/coil20/COIL20.mat")
    return PCA(50, random_state=0).fit_transform(content["X"].astype(np.float32)), content["Y"].ravel().astype(str).tolist(), 20


def mnist(data: Path) -> tuple[Any, list[str], int]:
    """10,000 handwritten digits."""

    def read(name: str, header: int) -> Any:
        with gzip.open(data / "image/mnist_t10k" / name) as stream:
            return np.frombuffer(stream.read(), np.uint8, offset=header)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
    return PCA(50, random_state=0).fit_transform(images), read("t10k-labels-idx1-ubyte.gz", 8).astype(str).tolist(), 10


def r8(data: Path) -> tuple[Any, list[str], int]:
    """5,485 news."""
    lines = (data / "text/r8/train.txt").read_text(encoding="utf-8").splitlines()
    targets, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    weights = TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(texts)
    return TruncatedSVD(100, random_state=0).fit_transform(weights).astype(np.float32), list(targets), 8


def faces(data: Path) -> tuple[Any, list[str], int]:
    """400 photographs of 40 people."""
    files = sorted((data / "image/att_faces").glob("s*/*.pgm"))
    pixels = np.array([np.asarray(Image.open(file), np.float32).ravel() for file in files])
    return PCA(50, random_state=0).fit_transform(pixels), [file.parent.name for file in files], 40


@pytest.fixture(scope="module", params=[coil20, mnist, r8, faces], ids=lambda read: read.__name__)
def placed(request: pytest.FixtureRequest) -> tuple[Any, list[str], int]:
    read: Callable[[Path], tuple[Any, list[str], int]] = request.param
    return read(Path(os.environ["ASTERISM_DATA"]))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(KMeans, cluster.KMeans), (MiniBatchKMeans, cluster.MiniBatchKMeans), (BisectingKMeans, cluster.BisectingKMeans)],
    ids=["kmeans", "mini_batch_kmeans", "bisecting_kmeans"],
)
def test_groups_are_those_of_scikit_learn(placed: Any, ours: Any, theirs: Any) -> None:
    X, _, count = placed
    component = ours(n_clusters=count).fit(X)
    assert np.array_equal(component.labels_, theirs(count, random_state=0).fit(X).labels_)
    assert np.array_equal(component.predict(X), component.labels_)


@pytest.mark.parametrize("form", ["full", "diag"])
def test_mixtures_are_those_of_scikit_learn(placed: Any, form: Any) -> None:
    X, _, count = placed
    component = GaussianMixture(n_clusters=count, covariance_type=form, max_iter=6).fit(X)
    peer = mixture.GaussianMixture(count, covariance_type=form, max_iter=6, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 6 rounds are not enough
        try:
            peer.fit(X)
        except ValueError:  # it finds float32 too coarse
            peer.fit(X.astype(np.float64))
    assert np.array_equal(component.labels_, peer.predict(X))
    assert np.array_equal(component.means_, peer.means_)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_fit_by_sums_is_the_fit_in_memory(placed: Any, metric: Any) -> None:
    X, _, count = placed
    batches = [X[start : start + 999] for start in range(0, len(X), 999)]
    by_sums = fit_by_sums(KMeans(n_clusters=count, metric=metric, tol=0.0), batches, sample=X)
    at_once = KMeans(n_clusters=count, metric=metric, tol=0.0).fit(X)
    assert np.allclose(by_sums.cluster_centers_, at_once.cluster_centers_, rtol=1e-5, atol=1e-5 * np.abs(X).max())
    assert np.array_equal(by_sums.predict(X), at_once.labels_)
