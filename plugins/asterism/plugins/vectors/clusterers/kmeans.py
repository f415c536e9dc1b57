"""The clusterer `kmeans`: groups around means."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, Summable, Summary
from asterism.framework.values import is_sparse

from ..counts import Criterion, learn_count
from ..lloyd import mean_variance, report_groups, report_rounds, sum_by_nearest
from ..nearest import nearest
from ..pairs import comparable
from ..rows import require, require_finite, rows_to_apply, rows_to_fit

TRIAL_STARTS, TRIAL_ROUNDS = 3, 10
"""What each trial of a count is given: of 30 sets of separate blobs, 3 starts of 10 rounds counted all, 1 start of 30 rounds 28."""


class KMeans(Clusterer, Summable):
    """Partition rows around means so that the squared distances to them are small.

    Dense or CSR, shape (n_records, n_features). In memory the fit is scikit-learn's `KMeans` with the same settings and seed. By sums,
    every round over the data moves the means once, from one start on the sample; a mean that loses all its rows stays
    where it is, and `labels_` is not kept.

    With the metric "cosine" rows and means have length 1 (spherical k-means), and the fit in memory takes the rounds of the fit by sums.

    Learns `cluster_centers_` (n_clusters_, n_features), `labels_` (n_records,), `n_clusters_`, `inertia_` (sum of squared distances),
    `n_iter_`, and where the count is "auto" `criterion_curve_`: a row (count, score) for each count tried.

    Raises `DataError` where there are fewer records than clusters, and for rows of zeros under cosine.

    A new row joins the group of the nearest mean. Poor choice where groups are long, bent or of very different sizes, or where some
    rows belong to none: `hdbscan` finds such.

    Sources: Lloyd, "Least squares quantization in PCM", 1982; Elkan, "Using the triangle inequality to accelerate k-means", 2003;
    Arthur and Vassilvitskii, "k-means++", 2007; Dhillon and Modha, "Concept decompositions for large sparse text data", 2001.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many groups; "auto" picks the count from 2 to 50 that `criterion` prefers on at most 2,500 records."""
    criterion: Criterion = "simplified_silhouette"
    """What "auto" chooses by; see the page of this component."""
    metric: Literal["euclidean", "cosine"] = "euclidean"
    """Distance of a row to a mean; "cosine" compares directions alone."""
    algorithm: Literal["lloyd", "elkan"] = "lloyd"
    """How a round in memory is computed, with the same result: "elkan" skips distances at the cost of n_records x n_clusters values."""
    init: Literal["k-means++", "random"] = "k-means++"
    """How the first means are chosen: far from each other, or any records."""
    n_init: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many starts, of which the best is kept; "auto" is 1 with k-means++ and 10 with random. By sums there is one."""
    max_iter: Annotated[int, Ge(1)] = 300
    """Rounds after which a start is ended, settled or not."""
    tol: Annotated[float, Ge(0)] = 1e-4
    """Settled is when the means move less than this, as a share of the mean variance of the columns."""
    random_state: int = 0
    """Seed of the first means."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        rows = self._choose_count(rows_to_fit(self, X))
        if self.metric == "cosine":
            self._fit_in_rounds(rows)
        else:
            theirs = self._fit_theirs(rows, self.n_clusters_, self.n_init, self.max_iter)
            self.cluster_centers_, self.n_iter_, self.inertia_ = theirs.cluster_centers_, int(theirs.n_iter_), float(theirs.inertia_)
        # By the function that `predict` uses: scikit-learn labels centred rows here and the rows as they are there, and a tie may differ.
        self.labels_ = nearest(rows, self.cluster_centers_)
        self._report(len(np.unique(self.labels_)))
        return self

    def predict(self, X: Matrix) -> Labels:
        X = rows_to_apply(self, X)
        return nearest(self._compared(X), self.cluster_centers_)

    def begin(self, sample: Matrix) -> None:
        rows = self._choose_count(rows_to_fit(self, sample))
        vars(self).pop("labels_", None)  # of an earlier fit
        self._start(rows, self.random_state)

    def summarize(self, batch: Matrix) -> Summary:
        by_products = self.metric == "euclidean"
        X = rows_to_apply(self, batch, finite=not by_products)
        total = sum_by_nearest(self._compared(X), self.cluster_centers_)
        if not np.isfinite(total["squares"]):  # spares a look at every value in every round
            require_finite(X)
        return total

    def absorb(self, total: Summary) -> bool:
        self._require_records(int(total["count"].sum()))
        done = self._move(total)
        if done:
            self._report(int(np.count_nonzero(total["count"])))
        return done

    def _choose_count(self, X: Matrix) -> Matrix:
        """Set `n_clusters_`, and return the rows in the form in which they are compared."""
        rows = self._compared(X)
        learn_count(self, rows, self._group)
        self._require_records(rows.shape[0])
        return rows

    def _compared(self, X: Matrix) -> Matrix:
        return comparable(X, self.metric).astype(X.dtype, copy=False)

    def _require_records(self, n_records: int) -> None:
        require(self.n_clusters_, n_records, "records", f"n_clusters={self.n_clusters_}")

    def _group(self, X: Matrix, n_clusters: int) -> Labels:
        labels: Labels = self._fit_theirs(X, n_clusters, TRIAL_STARTS, min(self.max_iter, TRIAL_ROUNDS)).labels_
        return labels

    def _fit_theirs(self, X: Matrix, n_clusters: int, n_init: int | str, max_iter: int) -> Any:
        from sklearn.cluster import KMeans as Theirs
        from sklearn.exceptions import ConvergenceWarning

        options = {"init": self.init, "n_init": n_init, "max_iter": max_iter, "tol": self.tol, "random_state": self.random_state}
        algorithm = self.algorithm if n_clusters > 1 else "lloyd"  # Elkan's has nothing to skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # empty groups: _report says so
            return Theirs(n_clusters, algorithm=algorithm, **options).fit(X)

    def _fit_in_rounds(self, rows: Matrix) -> None:
        n_starts = self.n_init if self.n_init != "auto" else 1 if self.init == "k-means++" else 10
        best: tuple[float, Any, int] = (np.inf, None, 0)
        for start in range(n_starts):
            self._start(rows, self.random_state + start)
            while not self._move(sum_by_nearest(rows, self.cluster_centers_)):
                pass
            if best[1] is None or self.inertia_ < best[0]:
                best = self.inertia_, self.cluster_centers_, self.n_iter_
        self.inertia_, self.cluster_centers_, self.n_iter_ = best

    def _start(self, rows: Matrix, seed: int) -> None:
        from sklearn.cluster import kmeans_plusplus

        if self.init == "random":
            places = np.random.RandomState(seed).choice(rows.shape[0], self.n_clusters_, replace=False)
        else:
            _, places = kmeans_plusplus(rows, self.n_clusters_, random_state=seed)
        chosen = rows[places]
        self.cluster_centers_ = np.asarray(chosen.toarray() if is_sparse(chosen) else chosen, np.float64)
        self.n_iter_, self.inertia_ = 0, np.inf

    def _move(self, total: Summary) -> bool:
        """Move every mean to its rows; True when that is no longer far, or the rounds are over."""
        filled = total["count"] > 0
        means: NDArray[np.float64] = self.cluster_centers_.astype(np.float64)
        means[filled] = total["sum"][filled] / total["count"][filled, np.newaxis]
        if self.metric == "cosine":
            lengths = np.linalg.norm(means, axis=1, keepdims=True)
            means = np.where(lengths > 0, means / np.maximum(lengths, np.finfo(np.float64).tiny), self.cluster_centers_)
        moved = float(np.sum((means - self.cluster_centers_) ** 2))
        self.cluster_centers_, self.inertia_ = means, float(total["inertia"])
        self.n_iter_ += 1
        return moved <= self.tol * mean_variance(total) or self.n_iter_ >= self.max_iter

    def _report(self, n_filled: int) -> None:
        report_groups(n_filled, self.n_clusters_)
        report_rounds(self.n_iter_, self.max_iter)
