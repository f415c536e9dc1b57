"""Reducers, the clusterer and the measures against scikit-learn, on made-up data of realistic shape: time as ours/theirs.

Each pair is measured in turn, several times; the smallest time of each side counts, since a shared machine only ever adds to it.
"""

from typing import Any

import numpy as np
from measuring import compare, elapsed
from scipy.sparse import csr_matrix, random_array
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.decomposition import NMF as THEIR_NMF
from sklearn.decomposition import PCA as THEIR_PCA
from sklearn.decomposition import FastICA, TruncatedSVD
from sklearn.feature_selection import VarianceThreshold
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from asterism.plugins.measures.agreement import ari, nmi
from asterism.plugins.measures.exemplars import exemplars
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.detectors.autoencoder_error import AutoencoderError
from asterism.plugins.vectors.reducers.autoencoder import Autoencoder
from asterism.plugins.vectors.reducers.ica import ICA
from asterism.plugins.vectors.reducers.nmf import NMF
from asterism.plugins.vectors.reducers.normalize import Normalize
from asterism.plugins.vectors.reducers.pca import PCA
from asterism.plugins.vectors.reducers.random_projection import RandomProjection
from asterism.plugins.vectors.reducers.select import Select
from asterism.plugins.vectors.reducers.standardize import Standardize
from asterism.plugins.vectors.reducers.svd import SVD


def main() -> None:
    """Print every comparison."""
    random = np.random.default_rng(0)
    texts = csr_matrix(random_array((8_000, 20_000), density=0.003, rng=random, dtype=np.float32))
    images = (random.random((10_000, 784)) * np.geomspace(1, 0.01, 784)).astype(np.float32)
    wide = (random.random((3_000, 3_072)) * np.geomspace(1, 0.01, 3_072)).astype(np.float32)
    groups = random.integers(0, 20, 10_000)
    placed = (random.normal(size=(10_000, 50)) + 3 * random.normal(size=(20, 50))[groups]).astype(np.float32)
    fitted, their_fitted = KMeans(n_clusters=20).fit(placed), TheirKMeans(20, random_state=0).fit(placed)
    targets = groups.astype(str).tolist()

    compare(
        "svd 100, CSR 8,000 x 20,000",
        lambda: SVD(n_components=100).fit_transform(texts),
        lambda: TruncatedSVD(100, random_state=0).fit_transform(texts),
    )
    compare(
        "svd 50, dense 10,000 x 784",
        lambda: SVD(n_components=50).fit_transform(images),
        lambda: TruncatedSVD(50, random_state=0).fit_transform(images),
    )
    compare(
        "pca 50, dense 10,000 x 784",
        lambda: PCA(n_components=50).fit_transform(images),
        lambda: THEIR_PCA(50, random_state=0).fit_transform(images),
    )
    compare(
        "pca 50, dense 3,000 x 3,072",
        lambda: PCA(n_components=50).fit_transform(wide),
        lambda: THEIR_PCA(50, random_state=0).fit_transform(wide),
    )
    compare(
        "pca 50, CSR 8,000 x 20,000",
        lambda: PCA(n_components=50).fit_transform(texts),
        lambda: THEIR_PCA(50, random_state=0).fit_transform(texts),
    )
    compare("normalize, dense 10,000 x 784", lambda: Normalize().fit_transform(images), lambda: Normalizer().fit_transform(images))
    compare_reducers(random, texts, images)
    compare("kmeans 20, fit, 10,000 x 50", lambda: KMeans(n_clusters=20).fit(placed), lambda: TheirKMeans(20, random_state=0).fit(placed))
    compare("kmeans 20, predict, 10,000 x 50", lambda: fitted.predict(placed), lambda: their_fitted.predict(placed))
    compare(
        "kmeans 8, fit, CSR 8,000 x 20,000",
        lambda: KMeans(n_clusters=8, max_iter=20).fit(texts),
        lambda: TheirKMeans(8, random_state=0, max_iter=20).fit(texts),
    )
    compare("nmi, 10,000 records", lambda: nmi(groups, targets), lambda: normalized_mutual_info_score(targets, groups))
    compare("ari, 10,000 records", lambda: ari(groups, targets), lambda: adjusted_rand_score(targets, groups))
    print(f"{'kmeans auto, 10,000 x 50':42} ours {elapsed(lambda: KMeans().fit(placed)):7.3f} s")
    print(f"{'exemplars, 10,000 x 784':42} ours {elapsed(lambda: exemplars(groups, images, targets)):7.3f} s")


def compare_reducers(random: np.random.Generator, texts: Any, images: Any) -> None:
    """Print the comparisons of the other reducers; the fit of scikit-learn's NMF is followed by its transform, as ours is."""
    many = random.normal(size=(200_000, 50)).astype(np.float32)
    mixed = (random.laplace(size=(10_000, 20)) @ random.normal(size=(20, 50))).astype(np.float32)
    parts = {"init": "nndsvda", "max_iter": 50, "random_state": 0}
    compare("standardize, dense 200,000 x 50", lambda: Standardize().fit_transform(many), lambda: StandardScaler().fit_transform(many))
    compare(
        "standardize, CSR 8,000 x 20,000",
        lambda: Standardize().fit_transform(texts),
        lambda: StandardScaler(with_mean=False).fit_transform(texts),
    )
    compare("select, dense 200,000 x 50", lambda: Select().fit_transform(many), lambda: VarianceThreshold().fit_transform(many))
    compare(
        "random_projection 100, dense 10,000 x 784",
        lambda: RandomProjection().fit_transform(images),
        lambda: GaussianRandomProjection(100, random_state=0).fit_transform(images),
    )
    compare(
        "random_projection sparse, CSR 8,000 x 20,000",
        lambda: RandomProjection(distribution="sparse").fit_transform(texts),
        lambda: SparseRandomProjection(100, dense_output=True, random_state=0).fit_transform(texts),
    )
    compare(
        "ica 10, dense 10,000 x 50",
        lambda: ICA(n_components=10).fit_transform(mixed),
        lambda: FastICA(10, random_state=0).fit_transform(mixed),
    )
    for name, X in (("dense 10,000 x 784", images), ("CSR 8,000 x 20,000", texts)):
        compare(
            f"nmf 10, {name}",
            lambda X=X: NMF(n_components=10, max_iter=50).fit_transform(X),  # type: ignore[misc]  # a default that binds
            lambda X=X: THEIR_NMF(10, **parts).fit(X).transform(X),  # type: ignore[misc]  # likewise
        )
    print(f"{'autoencoder, 10,000 x 50':42} ours {elapsed(lambda: Autoencoder(n_components=8).fit(mixed)):7.3f} s")
    print(f"{'autoencoder_error, 10,000 x 50':42} ours {elapsed(lambda: AutoencoderError().fit(mixed)):7.3f} s")


if __name__ == "__main__":
    main()
