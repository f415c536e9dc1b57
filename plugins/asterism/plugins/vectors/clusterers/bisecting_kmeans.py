"""The clusterer `bisecting_kmeans`: groups split in two, again and again."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix

from ..counts import Criterion, learn_count
from ..lloyd import report_groups
from ..nearest import Centers, nearest
from ..parts import in_parts
from ..rows import require, rows_to_apply, rows_to_fit


class BisectingKMeans(Clusterer):
    """Partition rows by splitting all of them around two means, then one of the groups, and so on.

    Dense or CSR, shape (n_records, n_features). The fit is scikit-learn's `BisectingKMeans` with the same settings and seed. Groups come
    out more even than those of `kmeans`, and many of them sooner.

    Learns `splits_` (n_clusters_ - 1, 2): for the two sides of each split, from the first one on, the number of the next split or, where
    negative, ``-1 - group``; `split_centers_` (n_clusters_ - 1, 2, n_features), the means of the sides; `cluster_centers_`
    (n_clusters_, n_features), `labels_` (n_records,), `n_clusters_`, `inertia_` (sum of squared distances), and where the count is "auto"
    `criterion_curve_`: a row (count, score) for each count tried.

    Raises `DataError` where there are fewer records than clusters.

    A new row takes at each split the side whose mean is nearer. Poor choice where the best groups are wanted rather than a tree of them:
    what was split wrongly stays apart.

    Source: Steinbach, Karypis and Kumar, "A comparison of document clustering techniques", KDD Workshop on Text Mining 2000.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many groups; "auto" picks the count from 2 to 50 that `criterion` prefers on at most 2,500 records."""
    criterion: Criterion = "simplified_silhouette"
    """What "auto" chooses by; see the page of this component."""
    bisecting_strategy: Literal["biggest_inertia", "largest_cluster"] = "biggest_inertia"
    """Which group is split next: the one with the largest sum of squared distances, or with the most records."""
    algorithm: Literal["lloyd", "elkan"] = "lloyd"
    """How a round is computed, with the same result: "elkan" skips distances at the cost of memory."""
    init: Literal["k-means++", "random"] = "random"
    """How the two first means of a split are chosen: far from each other, or any records."""
    n_init: Annotated[int, Ge(1)] = 1
    """How many starts of each split, of which the best is kept."""
    max_iter: Annotated[int, Ge(1)] = 300
    """Rounds after which a split is ended, settled or not."""
    tol: Annotated[float, Ge(0)] = 1e-4
    """Settled is when the squares of what the two means move sum to no more than this."""
    random_state: int = 0
    """Seed of the first means."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X)
        learn_count(self, X, self._group)
        require(self.n_clusters_, X.shape[0], "records", f"n_clusters={self.n_clusters_}")
        theirs = self._fit_theirs(X, self.n_clusters_)
        self.cluster_centers_, self.inertia_ = theirs.cluster_centers_, float(theirs.inertia_)
        self.splits_, self.split_centers_ = _read_tree(theirs, X.shape[1])
        self.labels_ = self._descend(X)
        report_groups(len(np.unique(self.labels_)), self.n_clusters_)
        return self

    def predict(self, X: Matrix) -> Labels:
        return self._descend(rows_to_apply(self, X))

    def _descend(self, X: Matrix) -> Labels:
        """Take each row down the tree: by its distances to all sides at once, or split by split where rounding could decide."""
        if not len(self.splits_):
            return np.zeros(X.shape[0], np.int64)
        prepared = Centers.of(self.split_centers_.reshape(-1, X.shape[1]), X)
        labels: Labels = np.concatenate(in_parts(lambda part: self._descend_quickly(part, prepared), X))
        doubtful = np.flatnonzero(labels < 0)
        labels[doubtful] = self._descend_exactly(X[doubtful])
        return labels

    @np.errstate(over="ignore", invalid="ignore")  # where squares overflow, a row is in doubt
    def _descend_quickly(self, X: Matrix, prepared: Centers) -> Labels:
        labels = [np.empty(0, np.int64)]
        for near in prepared.shifted(X):
            rounding, start = prepared.rounding(near), 0
            for distances in prepared.distances(near):
                labels.append(self._leaves(distances, rounding[start : start + len(distances)]))
                start += len(distances)
        return np.concatenate(labels)

    def _leaves(self, distances: NDArray[Any], rounding: NDArray[Any]) -> Labels:
        """Return the group that each row ends in, -1 where the sides of a split on its way are equally near as far as rounding can tell."""
        labels = np.full(len(distances), -1, np.int64)
        rows, splits = np.arange(len(distances)), np.zeros(len(distances), np.int64)
        while len(rows):
            left, right = distances[rows, 2 * splits], distances[rows, 2 * splits + 1]
            following = self.splits_[splits, (right < left).astype(np.int64)]
            certain = np.abs(right - left) > rounding[rows]
            ends = certain & (following < 0)
            labels[rows[ends]] = -1 - following[ends]
            goes_on = certain & (following >= 0)
            rows, splits = rows[goes_on], following[goes_on]
        return labels

    def _descend_exactly(self, X: Matrix) -> Labels:
        labels = np.zeros(X.shape[0], np.int64)
        waiting = [(0, np.arange(X.shape[0]))] if X.shape[0] else []
        while waiting:
            split, rows = waiting.pop()
            sides = nearest(X[rows], self.split_centers_[split])
            for side, following in enumerate(self.splits_[split].tolist()):
                if following < 0:
                    labels[rows[sides == side]] = -1 - following
                elif (sides == side).any():
                    waiting.append((following, rows[sides == side]))
        return labels

    def _group(self, X: Matrix, n_clusters: int) -> Labels:
        labels: Labels = self._fit_theirs(X, n_clusters).labels_
        return labels

    def _fit_theirs(self, X: Matrix, n_clusters: int) -> Any:
        from sklearn.cluster import BisectingKMeans as Theirs
        from sklearn.exceptions import ConvergenceWarning

        same = ("bisecting_strategy", "algorithm", "init", "n_init", "max_iter", "tol", "random_state")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # empty groups: report_groups says so
            return Theirs(n_clusters, **{name: getattr(self, name) for name in same}).fit(X)


def _read_tree(theirs: Any, n_features: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Write scikit-learn's tree as arrays. It has no public name; the tests compare what comes of it with scikit-learn's `predict`."""
    root, shift = theirs._bisecting_tree, np.asarray(getattr(theirs, "_X_mean", 0.0), np.float64)
    nodes = [root] if root.left is not None else []
    splits: list[list[int]] = []
    for node in nodes:  # grows as it is gone through
        sides = (node.left, node.right)
        splits.append([-1 - side.label if side.left is None else len(nodes) + offset for side, offset in _numbered(sides)])
        nodes += [side for side in sides if side.left is not None]
    centers = [[np.asarray(side.center).ravel() + shift for side in (node.left, node.right)] for node in nodes]
    return np.array(splits, np.int64).reshape(-1, 2), np.array(centers, np.float64).reshape(-1, 2, n_features)


def _numbered(sides: tuple[Any, Any]) -> list[tuple[Any, int]]:
    """Give each side the number of split sides before it."""
    return [(sides[0], 0), (sides[1], int(sides[0].left is not None))]
