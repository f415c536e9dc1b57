"""The clusterer `gaussian_mixture`: groups as ellipsoids that overlap."""

import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, Summable, Summary, report_problem
from asterism.framework.summation import add_up

from ..counts import Criterion, learn_count
from ..criteria import CRITERIA, Group
from ..gaussians import CovarianceType, estimate, factors_of_precisions, log_densities, n_parameters, not_positive, sum_moments
from ..lloyd import report_groups
from ..parts import in_parts
from ..rows import blocks, dense_to_apply, dense_to_fit, require

DOUBT = 1e-9
"""Where the logs of two groups are as near as this, relative to their size, a row is computed alone, lest the rows beside it decide."""
TRIAL_ROUNDS = 20
"""What each trial of a count is given; by then the likelihoods of the counts are in their order."""


class GaussianMixture(Clusterer, Summable):
    """Group rows by the Gaussian of a mixture that they most likely come from; groups may overlap and be of any ellipsoidal shape.

    Dense, shape (n_records, n_features); CSR is made dense. In memory the fit is scikit-learn's `GaussianMixture` with the same settings
    and seed. By sums, every round over the data moves the Gaussians once, from the k-means of the sample on, and `labels_` is not kept.

    Learns `weights_` (n_clusters_,), the share of each group; `means_` (n_clusters_, n_features); `covariances_` and the Cholesky factors
    of their inverses, `precisions_cholesky_`: full (n_clusters_, n_features, n_features), tied (n_features, n_features), diag
    (n_clusters_, n_features), spherical (n_clusters_,); `labels_` (n_records,), `n_clusters_`, `n_iter_`, `converged_`, `lower_bound_`
    (mean log likelihood of a row before the last round), `bic_` and `aic_` (lower is better), and where the count is "auto"
    `criterion_curve_`: a row (count, score) for each count tried.

    Raises `DataError` where there are fewer records than clusters, and where a covariance has no inverse.

    A new row joins the group with the largest `membership`. Poor choice above some 50 columns, unless "diag" or "spherical" fits: a full
    covariance has n_features^2 / 2 numbers to learn for each group.

    Source: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", J. Royal Statistical Society B 1977.
    """

    n_clusters: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many Gaussians; "auto" picks the count from 2 to 50 that `criterion` prefers on at most 2,500 records."""
    criterion: Criterion = "bic"
    """What "auto" chooses by; see the page of this component. Here "bic" is that of the mixture itself."""
    covariance_type: CovarianceType = "full"
    """Shape of the groups: any ellipsoid, one for all (tied), axes along the columns (diag), or balls (spherical)."""
    n_init: Annotated[int, Ge(1)] = 1
    """How many starts, of which the best is kept. By sums there is one."""
    max_iter: Annotated[int, Ge(1)] = 100
    """Rounds after which a start is ended, settled or not."""
    tol: Annotated[float, Ge(0)] = 1e-3
    """Settled is when a round changes the mean log likelihood of a row by less than this."""
    reg_covar: Annotated[float, Ge(0)] = 1e-6
    """What is added to every variance, so that no Gaussian closes on a single record."""
    random_state: int = 0
    """Seed of the k-means that it starts from."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = self._choose_count(X)
        vars(self).pop("settled_", None)  # of an earlier fit by sums
        theirs = self._fit_theirs(X, self.n_clusters_, self.max_iter)
        for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
            setattr(self, name, getattr(theirs, name).astype(np.float64))
        self.n_iter_, self.converged_, self.lower_bound_ = int(theirs.n_iter_), bool(theirs.converged_), float(theirs.lower_bound_)
        logs = self._log_probabilities(X)
        self.labels_ = self._decide(X, logs)
        self._set_criteria(float(np.logaddexp.reduce(logs, axis=1).sum()), X.shape[0])
        report_groups(len(np.unique(self.labels_)), self.n_clusters_)
        return self

    def predict(self, X: Matrix) -> Labels:
        X = dense_to_apply(self, X)
        return self._decide(X, self._log_probabilities(X))

    def membership(self, X: Matrix) -> NDArray[np.float64]:
        """Return how likely each row comes from each Gaussian, shape (n, n_clusters_); a row sums to 1 (scikit-learn's `predict_proba`)."""
        return _shares(self._log_probabilities(dense_to_apply(self, X)))[0]

    def score_samples(self, X: Matrix) -> NDArray[np.float64]:
        """Return the log of the density of each row under the mixture, shape (n,): low for unusual rows."""
        density: NDArray[np.float64] = np.logaddexp.reduce(self._log_probabilities(dense_to_apply(self, X)), axis=1)
        return density

    def begin(self, sample: Matrix) -> None:
        from sklearn.cluster import KMeans

        rows = self._choose_count(sample)
        for name in ("labels_", "bic_", "aic_"):  # of an earlier fit
            vars(self).pop(name, None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of empty groups, which get a share of next to nothing
            labels = KMeans(self.n_clusters_, n_init=1, random_state=self.random_state).fit(rows).labels_
        shares = np.eye(self.n_clusters_)[labels]
        around = np.repeat(rows.mean(axis=0, dtype=np.float64)[np.newaxis], self.n_clusters_, axis=0)
        self._move(sum_moments(rows.astype(np.float64), shares, around, self.covariance_type), around)
        self.n_iter_, self.lower_bound_, self.converged_, self.settled_ = 0, -np.inf, False, False

    def summarize(self, batch: Matrix) -> Summary:
        return add_up(in_parts(self._sum_part, dense_to_apply(self, batch)))

    def absorb(self, total: Summary) -> bool:
        n_rows, likelihood = int(total["count"]), float(total["likelihood"])
        require(self.n_clusters_, n_rows, "records", f"n_clusters={self.n_clusters_}")
        if self.settled_:  # one more round after the last move, for its likelihood alone
            self._set_criteria(likelihood, n_rows)
            return True
        before, self.lower_bound_ = self.lower_bound_, likelihood / n_rows
        self._move(total, self.means_)
        self.n_iter_ += 1
        self.converged_ = abs(self.lower_bound_ - before) < self.tol
        self.settled_ = self.converged_ or self.n_iter_ >= self.max_iter
        return False

    def _choose_count(self, X: Matrix) -> NDArray[Any]:
        rows: NDArray[Any] = dense_to_fit(self, X, least=2)
        learn_count(self, rows, self._group, CRITERIA | {"bic": self._bics})
        require(self.n_clusters_, len(rows), "records", f"n_clusters={self.n_clusters_}")
        return rows

    def _sum_part(self, X: NDArray[Any]) -> Summary:
        sums = []
        for block in blocks(X):
            shares, logs = _shares(self._log_block(block))
            moments = {} if self.settled_ else sum_moments(block, shares, self.means_, self.covariance_type)
            sums.append({"count": np.array(len(block)), "likelihood": np.array(logs.sum())} | moments)
        return add_up(sums)

    def _move(self, total: Summary, around: NDArray[np.float64]) -> None:
        self.weights_, self.means_, self.covariances_ = estimate(total, around, self.covariance_type, self.reg_covar)
        self.precisions_cholesky_ = factors_of_precisions(self.covariances_, self.covariance_type)

    def _log_probabilities(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the log of share times density of each row in each group."""
        return np.concatenate(in_parts(lambda part: np.concatenate([self._log_block(block) for block in blocks(part)]), X))

    def _log_block(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        return log_densities(block, self.means_, self.precisions_cholesky_, self.covariance_type) + np.log(self.weights_)

    def _decide(self, X: NDArray[Any], logs: NDArray[np.float64]) -> Labels:
        labels: Labels = logs.argmax(axis=1)
        if logs.shape[1] > 1 and len(X) > 1:
            two = np.partition(logs, -2, axis=1)[:, -2:]
            for row in np.flatnonzero(two[:, 1] - two[:, 0] <= DOUBT * np.abs(two[:, 1])):
                labels[row] = self._log_probabilities(X[[row]])[0].argmax()
        return labels

    def _set_criteria(self, likelihood: float, n_rows: int) -> None:
        size = n_parameters(self.n_clusters_, self.means_.shape[1], self.covariance_type)
        self.bic_, self.aic_ = -2 * likelihood + size * float(np.log(n_rows)), -2 * likelihood + 2.0 * size
        if not self.converged_:
            report_problem(f"ended after max_iter={self.max_iter} rounds, before the likelihood had settled; raise max_iter or tol")

    def _bics(self, X: Matrix, group: Group, counts: Sequence[int], seed: int) -> list[tuple[float]]:
        return [(-float(self._fit_theirs(X, count, min(self.max_iter, TRIAL_ROUNDS)).bic(X)),) for count in counts]

    def _group(self, X: Matrix, n_clusters: int) -> Labels:
        labels: Labels = self._fit_theirs(X, n_clusters, min(self.max_iter, TRIAL_ROUNDS)).predict(X)
        return labels

    def _fit_theirs(self, X: Matrix, n_clusters: int, max_iter: int) -> Any:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture as Theirs

        same = {name: getattr(self, name) for name in ("covariance_type", "n_init", "tol", "reg_covar", "random_state")}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # _set_criteria says so
            try:
                return Theirs(n_clusters, max_iter=max_iter, **same).fit(X)
            except ValueError as error:
                if X.dtype == np.float64:
                    raise not_positive() from error
                # The rounding of float32 may be all that is wrong.
                return self._fit_theirs(X.astype(np.float64), n_clusters, max_iter)


def _shares(logs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of each group in each row, and the log of the row's density."""
    density = np.logaddexp.reduce(logs, axis=1)
    return np.exp(logs - density[:, np.newaxis]), density
