"""Reducers and clusterers on real data: the same groups as the same steps with scikit-learn."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.decomposition import PCA as THEIR_PCA
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import fit_by_sums
from asterism.plugins.measures.agreement import nmi
from asterism.plugins.measures.exemplars import exemplars
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.plugins.vectors.reducers.svd import SVD

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]


@pytest.fixture(scope="module")
def data() -> Path:
    return Path(os.environ["ASTERISM_DATA"])


@pytest.fixture(scope="module")
def mnist(data: Path) -> tuple[Any, list[str]]:
    def read(name: str, header: int) -> Any:
        with gzip.open(data / "image/mnist_t10k" / name) as stream:
            return np.frombuffer(stream.read(), np.uint8, offset=header)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
    return images, read("t10k-labels-idx1-ubyte.gz", 8).astype(str).tolist()


@pytest.fixture(scope="module")
def reuters(data: Path) -> tuple[Any, list[str]]:
    lines = (data / "text/r8/train.txt").read_text(encoding="utf-8").splitlines()
    targets, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    return TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(texts), list(targets)


def test_digits_are_grouped_as_scikit_learn_groups_them(mnist: tuple[Any, list[str]]) -> None:
    images, targets = mnist
    ours = KMeans(n_clusters=10).fit(PCA(n_components=50).fit_transform(images))
    theirs = TheirKMeans(10, random_state=0).fit(THEIR_PCA(50, random_state=0).fit_transform(images))
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert nmi(ours.labels_, targets) == pytest.approx(0.5035, abs=5e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_news_are_grouped_as_scikit_learn_groups_them(reuters: tuple[Any, list[str]], dtype: Any) -> None:
    texts, targets = reuters
    ours = KMeans(n_clusters=8).fit(SVD(n_components=100).fit_transform(texts.astype(dtype)))
    theirs = TheirKMeans(8, random_state=0).fit(TruncatedSVD(100, random_state=0).fit_transform(texts))
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert nmi(ours.labels_, targets) == pytest.approx(0.416, abs=5e-3)


def test_digits_in_batches_are_grouped_as_the_digits_at_once(mnist: tuple[Any, list[str]]) -> None:
    images, _ = mnist
    reducer = fit_by_sums(PCA(n_components=50), [images[start : start + 1000] for start in range(0, 10_000, 1000)])
    placed = reducer.transform(images)
    batches = [placed[start : start + 1000] for start in range(0, 10_000, 1000)]
    by_sums = fit_by_sums(KMeans(n_clusters=10), batches, sample=placed)
    assert np.array_equal(by_sums.predict(placed), KMeans(n_clusters=10).fit(placed).labels_)


def test_exemplars_of_digits_mostly_show_the_digit_of_their_group(mnist: tuple[Any, list[str]]) -> None:
    images, targets = mnist
    labels = KMeans(n_clusters=30).fit_predict(PCA(n_components=50).fit_transform(images))
    shown = exemplars(labels, images, [str(row) for row in range(10_000)], n=1)
    most = {group: max(set(members), key=members.count) for group in shown for members in [np.array(targets)[labels == group].tolist()]}
    assert sum(targets[int(ids[0])] == most[group] for group, ids in shown.items()) >= 25
