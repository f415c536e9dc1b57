"""What looks at neighbours, hierarchies and graphs, on real data: the answers of scikit-learn and PyOD called by hand."""

import gzip
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pyod.models.knn import KNN
from scipy.io import loadmat
from sklearn import cluster
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

from asterism.plugins.measures.agreement import nmi
from asterism.plugins.vectors.clusterers.agglomerative import Agglomerative
from asterism.plugins.vectors.clusterers.consensus import Consensus
from asterism.plugins.vectors.clusterers.dbscan import DBSCAN
from asterism.plugins.vectors.clusterers.mean_shift import MeanShift
from asterism.plugins.vectors.clusterers.optics import OPTICS
from asterism.plugins.vectors.clusterers.spectral import Spectral
from asterism.plugins.vectors.detectors.knn_distance import KNNDistance
from asterism.plugins.vectors.detectors.lof import LOF
from asterism.plugins.vectors.neighbours import Neighbours

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]

Labelled = tuple[Any, list[str], int]
"""Rows, their classes, and how many classes there are."""


def data() -> Path:
    return Path(os.environ["ASTERISM_DATA"])


def objects() -> Labelled:
    """Pictures of 20 things that turn, 50 columns."""
    content = loadmat(data() / "image/coil20/COIL20.mat")
    return PCA(50, random_state=0).fit_transform(content["X"].astype(np.float64)), content["Y"].ravel().astype(str).tolist(), 20


def faces() -> Labelled:
    """Photographs of 40 people, 50 columns."""
    files = sorted((data() / "image/att_faces").glob("s*/*.pgm"))
    pixels = np.array([np.asarray(Image.open(file), np.float64).ravel() for file in files])
    return PCA(50, random_state=0).fit_transform(pixels), [file.parent.name for file in files], 40


def digits() -> Labelled:
    """2,000 handwritten digits, 50 columns."""

    def read(name: str, header: int) -> Any:
        with gzip.open(data() / "image/mnist_t10k" / name) as stream:
            return np.frombuffer(stream.read(), np.uint8, offset=header)

    images = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:2000].astype(np.float64) / 255
    return PCA(50, random_state=0).fit_transform(images), read("t10k-labels-idx1-ubyte.gz", 8)[:2000].astype(str).tolist(), 10


@pytest.fixture(scope="module", params=[objects, faces, digits], ids=lambda read: read.__name__)
def placed(request: pytest.FixtureRequest) -> Labelled:
    read: Callable[[], Labelled] = request.param
    return read()


@pytest.fixture(scope="module")
def reuters() -> tuple[Any, list[str]]:
    """800 news as TF-IDF, CSR."""
    lines = (data() / "text/r8/train.txt").read_text(encoding="utf-8").splitlines()[:800]
    targets, texts = zip(*(line.split("\t", 1) for line in lines), strict=True)
    return TfidfVectorizer(stop_words="english", sublinear_tf=True).fit_transform(texts), list(targets)


def tenth_neighbour(X: Any, metric: Any = "euclidean") -> float:
    """Return the median distance to the tenth nearest row: within it some rows are dense, and some are not."""
    return float(np.median(Neighbours.of(X, metric).nearest(X, 10)[0][:, -1]))


def check_dense_groups(X: Any, metric: Any = "euclidean") -> None:
    """Compare groups of dense rows, and noise; rows on a border may belong to either group."""
    eps = tenth_neighbour(X, metric)
    ours, theirs = DBSCAN(eps=eps, metric=metric).fit(X), cluster.DBSCAN(eps=eps, metric=metric).fit(X)
    core = theirs.core_sample_indices_
    assert ours.n_clusters_ > 1
    assert np.array_equal(ours.core_sample_indices_, core)
    assert adjusted_rand_score(ours.labels_[core], theirs.labels_[core]) == 1
    assert np.array_equal(ours.labels_ < 0, theirs.labels_ < 0)
    assert np.array_equal(ours.predict(X), ours.labels_)


def test_dbscan_finds_the_groups_of_scikit_learn(placed: Labelled) -> None:
    check_dense_groups(placed[0])


def test_dbscan_of_news_by_cosine_finds_the_groups_of_scikit_learn(reuters: tuple[Any, list[str]]) -> None:
    check_dense_groups(reuters[0], "cosine")


@pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
def test_agglomerative_joins_as_scikit_learn_does(placed: Labelled, linkage: Any) -> None:
    X, _, count = placed
    ours = Agglomerative(n_clusters=count, linkage=linkage).fit(X)
    theirs = cluster.AgglomerativeClustering(count, linkage=linkage).fit(X)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1
    assert np.array_equal(ours.predict(X), ours.labels_)


def test_spectral_cuts_as_scikit_learn_does(placed: Labelled) -> None:
    X, _, count = placed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the graph falls into parts
        ours = Spectral(n_clusters=count).fit(X)
        theirs = cluster.SpectralClustering(count, affinity="nearest_neighbors", assign_labels="cluster_qr", random_state=0).fit(X)
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1
    assert np.array_equal(ours.predict(X), ours.labels_)


def test_optics_orders_as_scikit_learn_does(placed: Labelled) -> None:
    X = placed[0][:600]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of divisions in scikit-learn where nothing is reached
        theirs = cluster.OPTICS(min_samples=5).fit(X)
    ours = OPTICS().fit(X)
    assert np.array_equal(ours.ordering_, theirs.ordering_)
    assert np.array_equal(ours.labels_, theirs.labels_)


def test_mean_shift_ends_where_that_of_scikit_learn_ends(placed: Labelled) -> None:
    X = placed[0][:400, :8]
    ours = MeanShift(quantile=0.1).fit(X)
    theirs = cluster.MeanShift(bandwidth=ours.bandwidth_).fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-6, atol=1e-6)
    assert np.array_equal(ours.labels_, theirs.labels_)


def test_consensus_agrees_with_the_classes_no_less_than_kmeans_does(placed: Labelled) -> None:
    X, classes, count = placed[0][:1200], placed[1][:1200], placed[2]
    ours = Consensus(n_clusters=count, n_members=30, max_size=2 * count).fit(X)
    theirs = np.mean([nmi(cluster.KMeans(count, random_state=seed).fit(X).labels_, classes) for seed in range(3)])
    assert nmi(ours.labels_, classes) >= theirs - 0.02
    assert np.array_equal(ours.predict(X), ours.labels_)


ANOMALIES = {"breastw": (0.39, 0.98), "cardio": (0.55, 0.71), "musk": (0.42, 0.37), "pendigits": (0.48, 0.71), "thyroid": (0.81, 0.95)}
"""ROC-AUC of `lof` and of `knn_distance`, as their pages say."""


@pytest.mark.parametrize("name", ANOMALIES)
@pytest.mark.filterwarnings("ignore")  # of copies in scikit-learn, and of PyOD's imports
def test_outliers_score_as_in_scikit_learn_and_pyod(name: str) -> None:
    (path,) = (data() / "anomaly").glob(f"*_{name}.npz")
    with np.load(path, allow_pickle=False) as stored:
        X, y = stored["X"].astype(np.float64), stored["y"]
    lof, knn = LOF().fit(X), KNNDistance().fit(X)
    assert (roc_auc_score(y, lof.scores_), roc_auc_score(y, knn.scores_)) == pytest.approx(ANOMALIES[name], abs=0.005)
    np.testing.assert_allclose(knn.scores_, KNN(n_neighbors=5).fit(X).decision_scores_, rtol=1e-7, atol=1e-9)
    theirs = -LocalOutlierFactor(20, algorithm="brute").fit(X).negative_outlier_factor_
    # breastw holds whole numbers from 1 to 10: most rows have many others equally far, of which each library takes other ones.
    assert np.mean(np.isclose(lof.scores_, theirs, rtol=1e-6)) > (0.2 if name == "breastw" else 0.9)
    # Which ones scikit-learn takes depends on its threads, too.
    assert roc_auc_score(y, lof.scores_) == pytest.approx(roc_auc_score(y, theirs), abs=0.02 if name == "breastw" else 0.005)
