"""The clusterer `kmeans`: groups around means."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, Summable, Summary, report_problem
from asterism.framework.values import is_sparse

from .counts import best_count, try_counts
from .nearest import nearest
from .rows import require, rows_to_apply, rows_to_fit, sum_of_squares

TRIAL_STARTS, TRIAL_ROUNDS = 3, 10
"""What each trial of a count is given: of 30 sets of separate blobs, 3 starts of 10 rounds counted all, 1 start of 30 rounds 28."""


class KMeans(Clusterer, Summable):
    """Partition rows around means so that the squared distances to them are small.

    Dense or CSR, shape (n_records, n_features). In memory the fit is scikit-learn's `KMeans` with the same settings and seed. By sums,
    every round over the data moves the means once, from one start on the sample; a mean that loses all its rows stays
    where it is, and `labels_` is not kept.

    Learns `cluster_centers_` (n_clusters_, n_features), `labels_` (n_records,), `n_clusters_`, `inertia_` (sum of squared distances),
    `n_iter_`, and where the count is "auto" `criterion_curve_`: a row (count, score) for each count tried.

    Raises `DataError` where there are fewer records than clusters.

    Sources: Lloyd, "Least squares quantization in PCM", 1982; Arthur and Vassilvitskii, "k-means++", 2007.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many groups; "auto" picks the count from 2 to 50 with the best simplified silhouette on at most 2,500 records."""
    init: Literal["k-means++", "random"] = "k-means++"
    """How the first means are chosen: far from each other, or any records."""
    n_init: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many starts, of which the best is kept; "auto" is 1 with k-means++ and 10 with random."""
    max_iter: Annotated[int, Ge(1)] = 300
    """Rounds after which a start is ended, settled or not."""
    tol: Annotated[float, Ge(0)] = 1e-4
    """Settled is when the means move less than this, as a share of the mean variance of the columns."""
    random_state: int = 0
    """Seed of the first means."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X)
        self._choose_count(X)
        theirs = self._fit_theirs(X, self.n_clusters_, self.n_init, self.max_iter)
        self.cluster_centers_, self.n_iter_ = theirs.cluster_centers_, int(theirs.n_iter_)
        # By the function that `predict` uses: scikit-learn labels centred rows here and the rows as they are there, and a tie may differ.
        self.labels_, distances = nearest(X, self.cluster_centers_)
        self.inertia_ = float(distances.sum())
        self._report(len(np.unique(self.labels_)))
        return self

    def predict(self, X: Matrix) -> Labels:
        X = rows_to_apply(self, X)
        return nearest(X, self.cluster_centers_)[0]

    def begin(self, sample: Matrix) -> None:
        sample = rows_to_fit(self, sample)
        vars(self).pop("labels_", None)  # of an earlier fit
        self._choose_count(sample)
        self.cluster_centers_ = self._first_centers(sample)
        self.n_iter_, self.inertia_ = 0, np.inf

    def summarize(self, batch: Matrix) -> Summary:
        from scipy.sparse import csr_matrix

        batch = rows_to_apply(self, batch)
        n_rows, n_clusters = batch.shape[0], len(self.cluster_centers_)
        labels, distances = nearest(batch, self.cluster_centers_)
        members = csr_matrix((np.ones(n_rows), (labels, np.arange(n_rows))), shape=(n_clusters, n_rows))
        sums = members @ batch
        return {
            "count": np.bincount(labels, minlength=n_clusters),
            "sum": sums.toarray() if is_sparse(sums) else sums,
            "squares": np.array(sum_of_squares(batch)),
            "inertia": np.array(distances.sum()),
        }

    def absorb(self, total: Summary) -> bool:
        counts = total["count"]
        self._require_records(int(counts.sum()))
        filled = counts > 0
        means = self.cluster_centers_.astype(np.float64)
        means[filled] = total["sum"][filled] / counts[filled, np.newaxis]
        moved = float(np.sum((means - self.cluster_centers_) ** 2))
        self.cluster_centers_, self.inertia_ = means, float(total["inertia"])
        self.n_iter_ += 1
        done = moved <= self.tol * _mean_variance(total) or self.n_iter_ >= self.max_iter
        if done:
            self._report(int(filled.sum()))
        return done

    def _choose_count(self, X: Matrix) -> None:
        vars(self).pop("criterion_curve_", None)  # of an earlier fit
        if self.n_clusters == "auto":
            self.criterion_curve_ = try_counts(X, self._trial_distances, self.random_state)
            self.n_clusters_ = best_count(self.criterion_curve_)
        else:
            self.n_clusters_ = self.n_clusters
        self._require_records(X.shape[0])

    def _require_records(self, n_records: int) -> None:
        require(self.n_clusters_, n_records, "records", f"n_clusters={self.n_clusters_}")

    def _trial_distances(self, X: Matrix, n_clusters: int) -> NDArray[Any]:
        distances: NDArray[Any] = self._fit_theirs(X, n_clusters, TRIAL_STARTS, min(self.max_iter, TRIAL_ROUNDS)).transform(X)
        return distances

    def _fit_theirs(self, X: Matrix, n_clusters: int, n_init: int | str, max_iter: int) -> Any:
        from sklearn.cluster import KMeans as Theirs
        from sklearn.exceptions import ConvergenceWarning

        options = {"init": self.init, "n_init": n_init, "max_iter": max_iter, "tol": self.tol, "random_state": self.random_state}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # empty groups: _report says so
            return Theirs(n_clusters, **options).fit(X)

    def _first_centers(self, sample: Matrix) -> NDArray[Any]:
        from sklearn.cluster import kmeans_plusplus

        if self.init == "random":
            rows = np.random.RandomState(self.random_state).choice(sample.shape[0], self.n_clusters_, replace=False)
        else:
            _, rows = kmeans_plusplus(sample, self.n_clusters_, random_state=self.random_state)
        chosen = sample[rows]
        return np.asarray(chosen.toarray() if is_sparse(chosen) else chosen, np.float64)

    def _report(self, n_filled: int) -> None:
        if n_empty := self.n_clusters_ - n_filled:
            message = f"groups without records: {n_empty} of n_clusters={self.n_clusters_}; perhaps fewer records than that are different"
            report_problem(message, count=n_empty)
        if self.n_iter_ >= self.max_iter:
            report_problem(f"ended after max_iter={self.max_iter} rounds, perhaps before the means had settled; raise max_iter")


def _mean_variance(total: Summary) -> float:
    """Return the variance of a column, the mean over all columns."""
    count, sums = int(total["count"].sum()), total["sum"].sum(axis=0)
    return max(0.0, float((total["squares"] / count - (sums / count) @ (sums / count)) / len(sums)))
