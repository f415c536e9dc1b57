"""How good is a grouping into so many groups? The criteria that `n_clusters: auto` chooses by, each computed from labels alone.

So one criterion means the same for every method. The rows are those that the method sees: scaled to length 1 where it works with
directions.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.values import is_sparse

from .rows import blocks, require_room

EQUAL = 1e-9
"""Scores this near to each other count as equal: the same groups under other numbers add up to other last bits."""
REFERENCES = 10
"""Sets of uniform rows that the gap statistic compares with."""
SUBSAMPLES, SUBSAMPLE_SHARE = 6, 0.8
"""Stability groups so many subsamples of this share of the rows, and compares each two of them (15 pairs)."""

Criterion = Literal["simplified_silhouette", "silhouette", "gap", "bic", "stability"]
"""What makes a count the best one; see the function of each in `CRITERIA`."""
Group: TypeAlias = Callable[[Matrix, int], Labels]
"""Groups rows into a count and returns the group of each; the same answer for the same rows."""
Score: TypeAlias = Callable[[Matrix, Group, Sequence[int], int], Sequence[Sequence[float]]]
"""From rows, the grouping, the counts and a seed to one score for each count, higher is better; or to a score and its standard error."""


def simplified_silhouettes(X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float]]:
    """Score by the mean of (b - a) / max(a, b), of the distances a to the mean of a row's own group and b to the nearest other mean.

    1 where every row sits on its own mean, 0 where all lie halfway between two (Vendramin, Campello and Hruschka, "Relative clustering
    validity criteria", Statistical Analysis and Data Mining 2010). The cheapest criterion.
    """
    return [(_simplified_silhouette(X, group(X, count)),) for count in counts]


def silhouettes(X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float]]:
    """Score by the mean silhouette, of distances between rows (Rousseeuw, "Silhouettes", J. Computational and Applied Mathematics 1987)."""
    from sklearn.metrics import pairwise_distances, silhouette_score

    distances = pairwise_distances(X)
    np.fill_diagonal(distances, 0.0)  # rounding may leave more, which scikit-learn refuses
    labels = (group(X, count) for count in counts)
    return [(float(silhouette_score(distances, found, metric="precomputed")) if len(np.unique(found)) > 1 else 0.0,) for found in labels]


def bics(X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float]]:
    """Score by half the negative BIC of equal spherical Gaussians around the means (Pelleg and Moore, "X-means", ICML 2000)."""
    return [(_spherical_bic(X, group(X, count)),) for count in counts]


def gaps(X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float, float]]:
    """Score by the gap: how much smaller the log of the squared distances to the means is than in uniform rows, and its standard error.

    The uniform rows fill the box around the data along their principal axes (Tibshirani, Walther and Hastie, "Estimating the number of
    clusters in a data set via the gap statistic", J. Royal Statistical Society B 2001). Rows are made dense.
    """
    require_room(2 * 8 * X.shape[0] * X.shape[1], f"the uniform rows of criterion 'gap', {X.shape[0]:,} x {X.shape[1]:,} values,", GAP_HINT)
    rows = np.asarray(X.toarray() if is_sparse(X) else X, np.float64)
    found = _log_dispersions(rows, group, counts)
    uniform = np.array([_log_dispersions(reference, group, counts) for reference in _uniform_rows(rows, seed)])
    errors = uniform.std(axis=0) * np.sqrt(1 + 1 / REFERENCES)
    return list(zip(uniform.mean(axis=0) - found, errors, strict=True))


def stabilities(X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float, float]]:
    """Score by how alike groupings of subsamples are on the rows they share: mean adjusted Rand index, and its standard error.

    Ben-Hur, Elisseeff and Guyon, "A stability based method for discovering structure in clustered data", Pacific Symposium on
    Biocomputing 2002; Lange et al., "Stability-based validation of clustering solutions", Neural Computation 2004. A count of which only
    fewer groups were found scores 0.
    """
    random, n_rows = np.random.RandomState(seed), X.shape[0]
    size = max(2, round(SUBSAMPLE_SHARE * n_rows))
    subsamples = [np.sort(random.choice(n_rows, size, replace=False)) for _ in range(SUBSAMPLES)]
    return [_stability(X, group, min(count, size), subsamples) for count in counts]


CRITERIA: dict[str, Score] = {
    "simplified_silhouette": simplified_silhouettes,
    "silhouette": silhouettes,
    "gap": gaps,
    "bic": bics,
    "stability": stabilities,
}
GAP_HINT = "take another criterion, or put a reducer before it"


def _squares_to_means(X: Matrix, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the squared distance of each row to the mean of each group that has rows, shape (n, n_groups), and the column of its own."""
    from scipy.sparse import csr_matrix

    _, own, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    members = csr_matrix((1 / sizes[own], (own, np.arange(len(own)))), shape=(len(sizes), len(own)))
    means = members @ X
    means = np.asarray(means.toarray() if is_sparse(means) else means, np.float64)
    products = np.concatenate([block @ means.T for block in blocks(X)])
    lengths = np.concatenate([_squared_lengths(block) for block in blocks(X)])
    return np.maximum(lengths[:, np.newaxis] - 2 * products + _squared_lengths(means), 0.0), own


def _squared_lengths(X: Matrix) -> NDArray[np.float64]:
    return np.asarray(X.multiply(X).sum(axis=1)).ravel() if is_sparse(X) else np.einsum("ij,ij->i", X, X)


def _simplified_silhouette(X: Matrix, labels: Labels) -> float:
    distances, own = _squares_to_means(X, labels)
    if distances.shape[1] == 1:
        return 0.0
    distances = np.sqrt(distances)
    rows = np.arange(len(own))
    to_own = distances[rows, own]
    distances[rows, own] = np.inf
    to_other = distances.min(axis=1)
    longer = np.maximum(to_own, to_other)
    return float(np.mean(np.divide(to_other - to_own, longer, out=np.zeros_like(longer), where=longer > 0)))


def _dispersion(X: Matrix, labels: Labels) -> float:
    """Sum the squared distances of the rows to the means of their groups."""
    distances, own = _squares_to_means(X, labels)
    return float(distances[np.arange(len(own)), own].sum())


def _spherical_bic(X: Matrix, labels: Labels) -> float:
    n_rows, n_columns = X.shape
    sizes = np.unique(labels, return_counts=True)[1]
    whole = _dispersion(X, np.zeros(n_rows, np.int64))
    # Rows on their own means would have any likelihood: no group is thinner than this share of the whole.
    variance = max(_dispersion(X, labels) / (n_rows - len(sizes)), EQUAL * whole / n_rows, np.finfo(np.float64).tiny) / n_columns
    likelihood = float(sizes @ np.log(sizes / n_rows)) - n_columns / 2 * (n_rows * np.log(2 * np.pi * variance) + n_rows - len(sizes))
    n_parameters = len(sizes) * (n_columns + 1)
    return float(likelihood - n_parameters / 2 * np.log(n_rows))


def _log_dispersions(X: Matrix, group: Group, counts: Sequence[int]) -> NDArray[np.float64]:
    least = np.finfo(np.float64).tiny
    return np.log([max(_dispersion(X, group(X, count)), least) for count in counts])


def _uniform_rows(rows: NDArray[np.float64], seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield the reference sets: uniform in the box around the rows along their principal axes."""
    mean = rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows - mean, full_matrices=False)
    placed = (rows - mean) @ axes.T
    random = np.random.RandomState(seed)
    for _ in range(REFERENCES):
        yield random.uniform(placed.min(axis=0), placed.max(axis=0), placed.shape) @ axes + mean


def _stability(X: Matrix, group: Group, count: int, subsamples: Sequence[NDArray[np.int64]]) -> tuple[float, float]:
    from sklearn.metrics import adjusted_rand_score

    groupings = [group(X[rows], count) for rows in subsamples]
    if min(len(np.unique(labels)) for labels in groupings) < count:
        return 0.0, 0.0
    scores = []
    for (rows, labels), (other_rows, other_labels) in combinations(zip(subsamples, groupings, strict=True), 2):
        _, here, there = np.intersect1d(rows, other_rows, assume_unique=True, return_indices=True)
        scores.append(adjusted_rand_score(labels[here], other_labels[there]))
    return float(np.mean(scores)), float(np.std(scores) / np.sqrt(len(subsamples)))
