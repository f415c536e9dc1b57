"""Reducers of this family on real data, against the libraries called by hand."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import NMF as THEIR_NMF
from sklearn.decomposition import FastICA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from asterism.framework import fit_by_sums
from asterism.plugins.vectors.detectors.autoencoder_error import AutoencoderError
from asterism.plugins.vectors.reducers.autoencoder import Autoencoder
from asterism.plugins.vectors.reducers.ica import ICA
from asterism.plugins.vectors.reducers.nmf import NMF
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.plugins.vectors.reducers.random_projection import RandomProjection
from asterism.plugins.vectors.reducers.standardize import Standardize

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA is not set"),
]


@pytest.fixture(scope="module")
def data() -> Path:
    return Path(os.environ["ASTERISM_DATA"])


@pytest.fixture(scope="module")
def news(data: Path) -> Any:
    lines = (data / "text/r8/train.txt").read_text(encoding="utf-8").splitlines()
    vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True, max_features=5000)
    return vectorizer.fit_transform(line.split("\t", 1)[1] for line in lines)


@pytest.fixture(scope="module")
def faces(data: Path) -> Any:
    """400 faces of 112 x 92, every fifth pixel each way: (400, 437), from 0 to 1."""
    files = sorted((data / "image/att_faces").glob("s*/*.pgm"))
    images = [np.frombuffer(file.read_bytes()[-112 * 92 :], np.uint8).reshape(112, 92)[::5, ::5] for file in files]
    return np.array(images).reshape(len(images), -1).astype(np.float32) / 255


@pytest.fixture(scope="module")
def digits(data: Path) -> Any:
    with gzip.open(data / "image/mnist_t10k/t10k-images-idx3-ubyte.gz") as stream:
        return np.frombuffer(stream.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255


@pytest.mark.filterwarnings("ignore:Maximum number of iterations")  # theirs is ended early here, as ours is
@pytest.mark.parametrize("fixture", ["news", "faces"])
def test_parts_are_those_of_scikit_learn(fixture: str, request: pytest.FixtureRequest) -> None:
    X = request.getfixturevalue(fixture)
    options = {"init": "nndsvda", "max_iter": 30, "random_state": 0}
    ours, theirs = NMF(n_components=10, **options).fit(X), THEIR_NMF(10, **options).fit(X)
    assert np.array_equal(ours.components_, theirs.components_)
    weights = theirs.set_params(tol=1e-9, max_iter=400).transform(X[:200])
    np.testing.assert_allclose(ours.transform(X[:200]), weights, atol=1e-3 * weights.max())


def test_sources_are_those_of_scikit_learn(faces: Any) -> None:
    options = {"max_iter": 500, "random_state": 0}
    ours, theirs = ICA(n_components=10, **options).fit(faces), FastICA(10, **options).fit(faces)
    placed, expected = ours.transform(faces), theirs.transform(faces)
    alike = np.abs(np.corrcoef(placed.T, expected.T)[:10, 10:])
    np.testing.assert_allclose(np.diagonal(alike), 1, atol=1e-3)  # the last rounds turn slowly, and where they end is up to rounding


@pytest.mark.parametrize(("distribution", "theirs"), [("gaussian", GaussianRandomProjection), ("sparse", SparseRandomProjection)])
def test_projections_are_those_of_scikit_learn(news: Any, distribution: Any, theirs: Any) -> None:
    ours = RandomProjection(n_components=300, distribution=distribution).fit(news)
    expected = theirs(300, random_state=0).fit_transform(news)
    np.testing.assert_allclose(ours.transform(news), expected.toarray() if hasattr(expected, "toarray") else expected, atol=1e-5)


def test_columns_of_batches_are_scaled_as_scikit_learn_scales_them(digits: Any) -> None:
    by_sums = fit_by_sums(Standardize(), [digits[start : start + 700] for start in range(0, 10_000, 700)])
    theirs = StandardScaler().fit(digits.astype(np.float64))
    np.testing.assert_allclose(by_sums.scale_, theirs.scale_, rtol=1e-6)
    np.testing.assert_allclose(by_sums.transform(digits[:500]), theirs.transform(digits[:500]), rtol=1e-5, atol=1e-5)


def test_network_gives_digits_back_better_than_as_many_principal_axes(digits: Any) -> None:
    seen, unseen = digits[:3000], digits[3000:5000]
    network, axes = (c.fit(seen) for c in (Autoencoder(n_components=8, scaling="whole", max_epochs=20), PCA(n_components=8)))
    errors = [float(((c.inverse_transform(c.transform(unseen)) - unseen) ** 2).mean()) for c in (network, axes)]
    assert errors[1] == pytest.approx(0.0368, abs=2e-4)
    assert errors[0] < 0.032  # 0.027 after 60 epochs


@pytest.mark.parametrize(
    ("name", "least"), [("4_breastw", 0.96), ("6_cardio", 0.8), ("25_musk", 0.9), ("28_pendigits", 0.6), ("38_thyroid", 0.88)]
)
def test_outliers_are_found(data: Path, name: str, least: float) -> None:
    found = np.load(data / f"anomaly/{name}.npz", allow_pickle=False)
    assert roc_auc_score(found["y"], AutoencoderError().fit(found["X"]).scores_) > least
