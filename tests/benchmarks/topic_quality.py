"""How near the groups of each chain for topics are to known classes: ``python tests/benchmarks/topic_quality.py [VECTORS]``.

Reads the corpora in the folder that ASTERISM_DATA names. VECTORS is a folder with sentence vectors made beforehand, ``NAME.npy`` with
a row for each text in the order of the corpus; without it the chains that need vectors are left out. The classes only score. A line
is the mean and spread of NMI over the seeds, the topics, the largest share of outliers before they are reduced, and the processor's
seconds of one fit.
"""

import csv
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import normalized_mutual_info_score

from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.vectors.clusterers.hdbscan import HDBSCAN
from asterism.plugins.vectors.clusterers.information_bottleneck import InformationBottleneck
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.reducers.normalize import Normalize
from asterism.plugins.vectors.reducers.svd import SVD
from asterism.plugins.vectors.reducers.umap import UMAP

SEEDS = range(0, 500, 100)
"""Far from each other: start ``i`` of several has the seed ``random_state + i``, and near ones would share their starts."""
CLASSES = {"banking77": 77, "ag_news": 4, "r8": 8, "thucnews_zh": 10}
BY_HAND = {"banking77": 0.560, "ag_news": 0.382, "r8": 0.554, "thucnews_zh": 0.336}
"""TF-IDF, an SVD of 100 and k-means of scikit-learn."""
BERTOPIC = {"banking77": 0.739, "ag_news": 0.289, "r8": 0.358}
"""BERTopic with its defaults on the vectors of all-MiniLM-L6-v2."""
ENGLISH: dict[str, Any] = {"stop_words": "english", "min_df": 3}
CHINESE: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 2), "min_df": 3}
DENSE: dict[str, Any] = {"n_components": 5, "n_neighbors": 15, "min_dist": 0.0, "metric": "cosine"}
GROUP_SIZE = 80
"""`min_cluster_size` for all corpora."""

Labels = NDArray[np.int64]
Chain = Callable[[int], tuple[Labels, float]]
"""From a seed to the groups and the share of outliers that were reduced."""


def corpus(name: str) -> tuple[list[str], list[str]]:
    """Return the texts and their classes."""
    folder = Path(os.environ["ASTERISM_DATA"]) / "text" / name
    if name == "banking77":
        rows = [row for part in ("train", "test") for row in _csv_rows(folder / f"{part}.csv")[1:]]
        return [row[0] for row in rows], [row[1] for row in rows]
    if name == "ag_news":
        rows = _csv_rows(folder / "test.csv")
        return [" ".join(row[1:]) for row in rows], [row[0] for row in rows]
    files, text = (("train.txt", "test.txt"), 1) if name == "r8" else (("dev.txt",), 0)
    rows = [line.split("\t") for file in files for line in (folder / file).read_text(encoding="utf-8").splitlines()]
    return [row[text] for row in rows], [row[1 - text] for row in rows]


def _csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def by_means(texts: Any, n_groups: int, terms: dict[str, Any], seed: int) -> tuple[Labels, float]:
    """Group by TF-IDF, SVD and k-means."""
    rows = SVD(n_components=100, random_state=seed).fit_transform(Tfidf(sublinear_tf=True, **terms).fit_transform(texts))
    return KMeans(n_clusters=n_groups, n_init=10, random_state=seed).fit(Normalize().fit_transform(rows)).labels_, 0.0


def by_information(texts: Any, n_groups: int, terms: dict[str, Any], seed: int) -> tuple[Labels, float]:
    """Group by word counts and the information bottleneck."""
    counts = BagOfWords(**terms).fit_transform(texts)
    return InformationBottleneck(n_clusters=n_groups, n_init=10, random_state=seed).fit(counts).labels_, 0.0


def by_map(vectors: Any, n_groups: int, seed: int) -> tuple[Labels, float]:
    """Group vectors by k-means on a map of five axes."""
    return KMeans(n_clusters=n_groups, random_state=seed).fit(UMAP(random_state=seed, **DENSE).fit_transform(vectors)).labels_, 0.0


def by_density(vectors: Any, seed: int) -> tuple[Labels, float]:
    """Group vectors by density on such a map; outliers go to the topic whose mean vector is nearest."""
    found = HDBSCAN(min_cluster_size=GROUP_SIZE).fit(UMAP(random_state=seed, **DENSE).fit(vectors).embedding_).labels_
    outliers = found < 0
    rows = Normalize().fit_transform(vectors)
    means = Normalize().fit_transform(np.stack([rows[found == topic].mean(axis=0) for topic in range(found.max() + 1)]))
    return np.where(outliers, (rows @ means.T).argmax(axis=1), found), float(outliers.mean())


def report(name: str, chain: str, group: Chain, classes: list[str], peer: float) -> None:
    """Print how near the groups of some seeds are to the classes."""
    begin = time.process_time()
    found = [group(seed) for seed in SEEDS]
    seconds = (time.process_time() - begin) / len(SEEDS)
    scores = [normalized_mutual_info_score(classes, groups) for groups, _ in found]
    counts = [len(set(groups[groups >= 0].tolist())) for groups, _ in found]
    topics = f"{min(counts)}-{max(counts)}"
    outliers = max(share for _, share in found)
    mean, spread = statistics.mean(scores), statistics.pstdev(scores)
    print(
        f"{name:12} {chain:36} {mean:.3f} +- {spread:.3f} (peer {peer:.3f})  topics {topics:8} outliers {outliers:4.0%}  {seconds:5.1f} s",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    vectors = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for name, n_groups in CLASSES.items():
        texts, classes = corpus(name)
        terms = CHINESE if name == "thucnews_zh" else ENGLISH
        means = partial(by_means, texts, n_groups, terms)
        information = partial(by_information, texts, n_groups, terms)
        report(name, "tfidf, svd, normalize, kmeans", means, classes, BY_HAND[name])
        report(name, "bag_of_words, information_bottleneck", information, classes, BY_HAND[name])
        if vectors and (vectors / f"{name}.npy").exists():
            rows = np.load(vectors / f"{name}.npy").astype(np.float32)
            report(name, "vectors, umap, kmeans", partial(by_map, rows, n_groups), classes, BERTOPIC[name])
            report(name, "vectors, umap, hdbscan, reduced", partial(by_density, rows), classes, BERTOPIC[name])


if __name__ == "__main__":
    main()
