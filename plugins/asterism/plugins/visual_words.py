"""Visual words: what many small vectors (descriptors of key points, paths of points, features of frames) say together, as one row.

Images and videos share them. Words are the means of k-means over a sample; what a thing has of them is counted, or how it differs from them
is summed up.
"""

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""Shape (n, n_features)."""
Encoding: TypeAlias = Literal["counts", "vlad", "fisher"]

MOST = 30_000
"""Words are learned from so many vectors at most."""
ROUNDS = 25
BLOCK = 4096
LEAST_VARIANCE = 1e-6


def sample_of(things: Iterable[Vectors], random_state: int, most: int = MOST) -> Vectors:
    """Draw vectors from those of many things, each thing giving as many of its own as another; the order of things does not matter.

    Shape (n, n_features), or (0, 0) where there are none.
    """
    drawn: list[Vectors] = []
    for each in filter(len, things):
        share = max(1, most // (len(drawn) + 1))
        drawn.append(each[np.random.default_rng(random_state).permutation(len(each))[:share]])
        if len(drawn).bit_count() == 1:  # the more things, the less of each: cut at every doubling, no more than twice `most` are in memory
            drawn = [one[:share].copy() for one in drawn]
    if not drawn:
        return np.zeros((0, 0), np.float32)
    share = max(1, most // len(drawn))
    rows: Vectors = np.unique(np.concatenate([one[:share] for one in drawn]), axis=0)  # sorted: one sample in whatever order things come
    return rows if len(rows) <= most else rows[np.sort(np.random.default_rng(random_state).permutation(len(rows))[:most])]


def learn_words(vectors: Vectors, n_words: int, random_state: int) -> Vectors:
    """Return the means of k-means, shape (n_words, n_features), or fewer where there are not as many vectors."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    n_words = min(n_words, len(vectors))
    with threadpool_limits(1):  # threads add up in the order in which they come to an end
        found = KMeans(n_words, init="k-means++", n_init=1, max_iter=ROUNDS, random_state=random_state).fit(vectors)
    words: Vectors = found.cluster_centers_.astype(np.float32)
    return words


def nearest_words(vectors: Vectors, words: Vectors) -> NDArray[np.int64]:
    """Return the number of the nearest word of each vector."""
    lengths = np.square(words.astype(np.float64)).sum(axis=1)
    found = [
        (lengths - 2 * (vectors[start : start + BLOCK].astype(np.float64) @ words.T)).argmin(axis=1)
        for start in range(0, len(vectors), BLOCK)
    ]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def counts(vectors: Vectors, words: Vectors) -> NDArray[np.float64]:
    """Count the vectors nearest to each word, shape (n_words,)."""
    return np.bincount(nearest_words(vectors, words), minlength=len(words)).astype(np.float64)


def vlad(vectors: Vectors, words: Vectors) -> NDArray[np.float64]:
    """Sum up how the vectors of each word differ from it, shape (n_words * n_features,) (Jégou et al., CVPR 2010).

    Roots are taken and the row is brought to length 1 (Jégou et al., IEEE TPAMI 2012).
    """
    sums = np.zeros(words.shape)
    labels = nearest_words(vectors, words)
    np.add.at(sums, labels, vectors - words[labels])
    return _evened(sums.ravel())


def fisher(vectors: Vectors, words: Vectors, variances: Vectors, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how a mixture of Gaussians would have to change to fit the vectors, shape (2 * n_words * n_features,).

    Means, variances and shares of the mixture are given; each vector counts for its nearest word alone (Perronnin, Sánchez and Mensink,
    "Improving the Fisher kernel for large-scale image classification", ECCV 2010).
    """
    first, second = np.zeros(words.shape), np.zeros(words.shape)
    labels = nearest_words(vectors, words)
    away = (vectors - words[labels]) / np.sqrt(variances[labels])
    np.add.at(first, labels, away)
    np.add.at(second, labels, np.square(away) - 1)
    weights = max(len(vectors), 1) * np.sqrt(shares)[:, None]
    return _evened(np.concatenate([first / weights, second / (weights * np.sqrt(2))]).ravel())


def spreads(vectors: Vectors, words: Vectors) -> tuple[Vectors, NDArray[np.float64]]:
    """Return the variances of the vectors of each word, shape (n_words, n_features), and the share of vectors that it has."""
    labels = nearest_words(vectors, words)
    sums = np.zeros(words.shape)
    np.add.at(sums, labels, np.square(vectors - words[labels]))
    sizes = np.bincount(labels, minlength=len(words))
    variances: Any = np.maximum(sums / np.maximum(sizes, 1)[:, None], LEAST_VARIANCE)
    return variances.astype(np.float32), np.maximum(sizes, 1) / len(vectors)


def _evened(row: NDArray[np.float64]) -> NDArray[np.float64]:
    rooted = np.sign(row) * np.sqrt(np.abs(row))
    length = float(np.linalg.norm(rooted))
    return rooted / length if length else rooted
