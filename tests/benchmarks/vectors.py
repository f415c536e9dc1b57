"""Reducers, the clusterer and the measures against scikit-learn, on made-up data of realistic shape: time as ours/theirs.

Each pair is measured in turn, several times; the smallest time of each side counts, since a shared machine only ever adds to it.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, random_array
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.decomposition import PCA as THEIR_PCA
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import Normalizer

from asterism.plugins.measures.exemplars import exemplars
from asterism.plugins.measures.metrics import ari, nmi
from asterism.plugins.vectors.kmeans import KMeans
from asterism.plugins.vectors.normalize import Normalize
from asterism.plugins.vectors.pca import PCA
from asterism.plugins.vectors.svd import SVD

ROUNDS = 5


def seconds(work: Callable[[], Any]) -> float:
    """Time one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(name: str, ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    """Print the smallest times of both and their ratio."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    mine, others = (min(times) for times in zip(*pairs, strict=True))
    print(f"{name:42} ours {mine:7.3f} s   scikit-learn {others:7.3f} s   ratio {mine / others:5.2f}")


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
    compare("kmeans 20, fit, 10,000 x 50", lambda: KMeans(n_clusters=20).fit(placed), lambda: TheirKMeans(20, random_state=0).fit(placed))
    compare("kmeans 20, predict, 10,000 x 50", lambda: fitted.predict(placed), lambda: their_fitted.predict(placed))
    compare(
        "kmeans 8, fit, CSR 8,000 x 20,000",
        lambda: KMeans(n_clusters=8, max_iter=20).fit(texts),
        lambda: TheirKMeans(8, random_state=0, max_iter=20).fit(texts),
    )
    compare("nmi, 10,000 records", lambda: nmi(groups, targets), lambda: normalized_mutual_info_score(targets, groups))
    compare("ari, 10,000 records", lambda: ari(groups, targets), lambda: adjusted_rand_score(targets, groups))
    print(f"{'kmeans auto, 10,000 x 50':42} ours {seconds(lambda: KMeans().fit(placed)):7.3f} s")
    print(f"{'exemplars, 10,000 x 784':42} ours {seconds(lambda: exemplars(groups, images, targets)):7.3f} s")


if __name__ == "__main__":
    main()
