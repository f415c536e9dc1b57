"""Measure the index and what stands on it against scikit-learn and PyOD, called by hand; wall time, smallest of some calls."""

import time
from typing import Any

import numpy as np
from measuring import compare
from pyod.models.knn import KNN
from sklearn.cluster import DBSCAN as THEIR_DBSCAN
from sklearn.cluster import AgglomerativeClustering, SpectralClustering
from sklearn.cluster import MeanShift as TheirMeanShift
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

from asterism.plugins.vectors.clusterers.agglomerative import Agglomerative
from asterism.plugins.vectors.clusterers.dbscan import DBSCAN
from asterism.plugins.vectors.clusterers.mean_shift import MeanShift
from asterism.plugins.vectors.clusterers.spectral import Spectral
from asterism.plugins.vectors.detectors.knn_distance import KNNDistance
from asterism.plugins.vectors.detectors.lof import LOF
from asterism.plugins.vectors.neighbours import Neighbours


def heaps(n_rows: int, n_columns: int) -> Any:
    """Scatter rows around 30 centres, float32."""
    random = np.random.default_rng(0)
    centres = 3 * random.normal(size=(30, n_columns))
    return (random.normal(size=(n_rows, n_columns)) + centres[random.integers(0, 30, n_rows)]).astype(np.float32)


def measure_index() -> None:
    """Print the exact search against scikit-learn's, and the approximate one against the exact one."""
    rows = heaps(10_000, 50)
    theirs = NearestNeighbors(n_neighbors=15, algorithm="brute").fit(rows)
    compare("15 neighbours, 10,000 x 50, exact", lambda: Neighbours.of(rows).nearest(rows, 15), lambda: theirs.kneighbors(rows))
    many = heaps(60_000, 50)
    begin = time.perf_counter()
    _, found = Neighbours.of(many, search="approximate").nearest(many, 15)
    middle = time.perf_counter()
    _, right = Neighbours.of(many, search="exact").nearest(many, 15)
    approximate, exact = middle - begin, time.perf_counter() - middle
    recall = np.mean([len(set(one) & set(other)) / 15 for one, other in zip(found[:2000].tolist(), right[:2000].tolist(), strict=True)])
    print(f"{'15 neighbours, 60,000 x 50, approximate':44} {approximate:7.3f} s   exact {exact:7.3f} s   recall {recall:.3f}")


def main() -> None:
    """Print every comparison."""
    measure_index()
    rows = heaps(10_000, 50)
    compare("lof, 10,000 x 50", lambda: LOF().fit(rows), lambda: LocalOutlierFactor(20).fit(rows))
    compare("knn_distance, 10,000 x 50", lambda: KNNDistance().fit(rows), lambda: KNN(n_neighbors=5).fit(rows))
    compare("dbscan, 10,000 x 50", lambda: DBSCAN(eps=8.0).fit(rows), lambda: THEIR_DBSCAN(eps=8.0).fit(rows))
    few = heaps(3_000, 20)
    compare("agglomerative ward, 3,000 x 20", lambda: Agglomerative(n_clusters=30).fit(few), lambda: AgglomerativeClustering(30).fit(few))
    options: dict[str, Any] = {"affinity": "nearest_neighbors", "assign_labels": "cluster_qr", "random_state": 0}
    compare("spectral, 3,000 x 20", lambda: Spectral(n_clusters=10).fit(few), lambda: SpectralClustering(10, **options).fit(few))
    compare(
        "mean_shift, 1,000 x 20", lambda: MeanShift(bandwidth=8.0).fit(few[:1000]), lambda: TheirMeanShift(bandwidth=8.0).fit(few[:1000])
    )


if __name__ == "__main__":
    main()
