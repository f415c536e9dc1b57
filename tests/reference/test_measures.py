"""The measures on real data: the numbers of scikit-learn and of the package hdbscan, on images, texts and records with anomalies."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hdbscan.validity import validity_index
from scipy.io import loadmat
from sklearn import metrics as theirs
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.manifold import trustworthiness as their_trustworthiness
from sklearn.neighbors import NearestNeighbors

from asterism.plugins.measures.agreement import ami, ari, nmi, purity, v_measure
from asterism.plugins.measures.density import dbcv
from asterism.plugins.measures.detection import average_precision, roc_auc
from asterism.plugins.measures.distances import sample
from asterism.plugins.measures.maps import continuity, neighbourhood_hit, trustworthiness
from asterism.plugins.measures.separation import calinski_harabasz, davies_bouldin, silhouette

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]


@pytest.fixture(scope="module")
def data() -> Path:
    return Path(os.environ["ASTERISM_DATA"])


@pytest.fixture(scope="module")
def digits(data: Path) -> tuple[Any, Any]:
    """MNIST test images, 6,000 x 784, and the digits."""

    def read(name: str, header: int) -> Any:
        with gzip.open(data / "image/mnist_t10k" / name) as stream:
            return np.frombuffer(stream.read(), np.uint8, offset=header)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
    return images[:6000], read("t10k-labels-idx1-ubyte.gz", 8)[:6000].astype(np.int64)


@pytest.fixture(scope="module")
def objects(data: Path) -> tuple[Any, Any]:
    """COIL-20, 1,440 x 1,024, and the objects."""
    found = loadmat(data / "image/coil20/COIL20.mat")
    return found["X"].astype(np.float32) / 255, found["Y"].ravel().astype(np.int64)


@pytest.fixture(scope="module")
def news(data: Path) -> tuple[Any, Any, list[str]]:
    """Reuters R8 as weights of terms, CSR, groups of them, and the topics."""
    lines = (data / "text/r8/train.txt").read_text(encoding="utf-8").splitlines()
    targets, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    matrix = TfidfVectorizer(stop_words="english", min_df=3, dtype=np.float32).fit_transform(texts)
    return matrix, KMeans(8, n_init=1, max_iter=5, random_state=0).fit_predict(matrix).astype(np.int64), list(targets)


@pytest.fixture(scope="module")
def reduced(digits: tuple[Any, Any]) -> tuple[Any, Any]:
    matrix = PCA(50, random_state=0).fit_transform(digits[0])
    return matrix, KMeans(10, n_init=1, random_state=0).fit_predict(matrix).astype(np.int64)


def test_groups_of_digits_lie_apart_as_scikit_learn_says(reduced: tuple[Any, Any]) -> None:
    matrix, groups = reduced
    assert silhouette(groups, matrix) == pytest.approx(theirs.silhouette_score(matrix, groups), abs=1e-6)
    assert calinski_harabasz(groups, matrix) == pytest.approx(theirs.calinski_harabasz_score(matrix, groups), rel=1e-5)
    assert davies_bouldin(groups, matrix) == pytest.approx(theirs.davies_bouldin_score(matrix, groups), rel=1e-5)


def test_objects_lie_apart_as_scikit_learn_says(objects: tuple[Any, Any]) -> None:
    matrix, groups = objects
    assert silhouette(groups, matrix) == pytest.approx(theirs.silhouette_score(matrix, groups), abs=1e-6)
    assert calinski_harabasz(groups, matrix) == pytest.approx(theirs.calinski_harabasz_score(matrix, groups), rel=1e-5)
    assert davies_bouldin(groups, matrix) == pytest.approx(theirs.davies_bouldin_score(matrix, groups), rel=1e-5)


def test_groups_of_news_lie_apart_as_scikit_learn_says(news: tuple[Any, Any, list[str]]) -> None:
    matrix, groups, _ = news
    assert silhouette(groups, matrix) == pytest.approx(theirs.silhouette_score(matrix, groups), abs=1e-6)
    dense = matrix[:1000].toarray()
    assert calinski_harabasz(groups[:1000], matrix[:1000]) == pytest.approx(theirs.calinski_harabasz_score(dense, groups[:1000]), rel=1e-5)
    assert davies_bouldin(groups[:1000], matrix[:1000]) == pytest.approx(theirs.davies_bouldin_score(dense, groups[:1000]), rel=1e-5)


def test_groups_of_news_agree_with_the_topics_as_scikit_learn_says(news: tuple[Any, Any, list[str]]) -> None:
    _, groups, topics = news
    assert nmi(groups, topics) == pytest.approx(theirs.normalized_mutual_info_score(topics, groups))
    assert v_measure(groups, topics) == pytest.approx(theirs.v_measure_score(topics, groups))
    assert ami(groups, topics) == pytest.approx(theirs.adjusted_mutual_info_score(topics, groups))
    assert ari(groups, topics) == pytest.approx(theirs.adjusted_rand_score(topics, groups))
    counts = theirs.cluster.contingency_matrix(topics, groups)
    assert purity(groups, topics) == pytest.approx(counts.max(axis=0).sum() / counts.sum())


def test_density_of_digits_is_that_of_the_package_hdbscan(reduced: tuple[Any, Any], digits: tuple[Any, Any]) -> None:
    matrix, classes = reduced[0][:1500, :10].astype(np.float64), digits[1][:1500]
    assert dbcv(classes, matrix) == pytest.approx(validity_index(matrix, classes), abs=1e-6)


def test_flat_picture_of_objects_keeps_neighbours_as_scikit_learn_says(objects: tuple[Any, Any]) -> None:
    matrix, _ = objects
    reducer: Any = PCA(2, random_state=0)
    flat = reducer.fit_transform(matrix)
    rows = sample(len(matrix), 500)
    expected = their_trustworthiness(matrix[rows], flat[rows]), their_trustworthiness(flat[rows], matrix[rows])
    assert trustworthiness(reducer, flat, matrix) == pytest.approx(expected[0], abs=1e-6)
    assert continuity(reducer, flat, matrix) == pytest.approx(expected[1], abs=1e-6)


def test_neighbours_of_objects_are_of_their_class_as_often_as_scikit_learn_says(objects: tuple[Any, Any]) -> None:
    matrix, classes = objects
    reducer: Any = PCA(2, random_state=0)
    for found in (reducer.fit_transform(matrix), matrix):
        hits = classes[NearestNeighbors(n_neighbors=5).fit(found).kneighbors(return_distance=False)] == classes[:, np.newaxis]
        expected = hits[sample(len(matrix), 1000)].mean()
        assert neighbourhood_hit(reducer, found, classes.astype(str).tolist()) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["4_breastw", "6_cardio", "38_thyroid"])
def test_anomalies_are_found_as_scikit_learn_says(data: Path, name: str) -> None:
    with np.load(data / f"anomaly/{name}.npz", allow_pickle=False) as file:
        matrix, anomaly = file["X"], file["y"]
    scores = -IsolationForest(random_state=0).fit(matrix).score_samples(matrix)
    targets = anomaly.astype(str).tolist()
    assert roc_auc(scores, targets) == pytest.approx(theirs.roc_auc_score(anomaly, scores))
    assert average_precision(scores, targets) == pytest.approx(theirs.average_precision_score(anomaly, scores))
