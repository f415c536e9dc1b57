"""The reducer `pca`: the directions in which rows vary most around their mean."""

from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import Matrix, Reducer, Summable, Summary
from asterism.framework.values import is_sparse

from .. import subspace
from ..covariance import axes_of_scatter, centre, sum_scatter
from ..rows import project, require, rows_to_apply, rows_to_fit, rows_to_invert, sum_of_squares

EXACT_UP_TO = 1000
"""With at most this many columns "auto" is exact: the covariance takes 8 MB and its eigenvectors a fraction of a second."""
POWER_ITERATIONS = 7
"""Rounds of the randomized solver; scikit-learn takes 7 too where few components are wanted."""


class PCA(Reducer, Summable):
    """Project rows on their principal axes: the orthogonal directions of largest variance.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_components). The mean is subtracted in the
    projection, so a CSR matrix stays sparse. By sums it takes one round where the solver is exact, eight otherwise.

    Learns `mean_` (n_features,), `components_` (n_components, n_features), `explained_variance_`, `explained_variance_ratio_` and
    `singular_values_` (n_components,).

    Raises `DataError` where there are fewer rows or columns than components.

    Poor choice where the columns have different units, the largest of which then decides (`standardize` first), and where rows lie on
    bent surfaces.

    Sources: Pearson, "On lines and planes of closest fit", 1901; Hotelling, "Analysis of a complex of statistical variables", 1933.
    """

    n_components: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] = 2
    """How many columns to keep; or, between 0 and 1, the share of the variance that they have to explain together."""
    whiten: bool = False
    """Scale every column to variance 1."""
    solver: Literal["auto", "exact", "randomized"] = "auto"
    """"exact" holds (smaller side)^2 values; "randomized" a few columns only, for wide matrices; "auto" is exact up to 1,000 columns."""
    random_state: int = 0
    """Seed of the randomized solver's starting basis."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        self._require("records", X.shape[0])
        exact = self._is_exact(X.shape[1]) or self._has_few_rows(X)
        # Sums serve where the covariance is the smaller problem, and where a centred copy would make sparse rows dense.
        if X.shape[0] >= X.shape[1] if exact else is_sparse(X):
            self._start(X)
            while not self.absorb(self._sum(X)):
                pass
        else:
            self._fit_centred(X, exact)
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        weights = self.components_.T.astype(np.float64) / self._scale()
        return project(X, weights, around=self.mean_)

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Bring rows back, shape (n, n_components), to (n, n_features): the best approximation in the space kept."""
        X = rows_to_invert(X, self.components_)
        return project(X, self.components_ * self._scale()[:, np.newaxis], -self.mean_)

    def begin(self, sample: Matrix) -> None:
        self._start(rows_to_fit(self, sample))

    def summarize(self, batch: Matrix) -> Summary:
        return self._sum(rows_to_apply(self, batch))

    def absorb(self, total: Summary) -> bool:
        if "scatter" in total:
            shift, scatter = centre(total)
            axes = axes_of_scatter(scatter, int(self.n_components) or len(scatter))
            self._finish(axes, self.mean_ + shift, int(total["count"]), float(np.trace(scatter)))
            return True
        return self._absorb_products(subspace.centred(total, self.components_))

    def _start(self, X: Matrix) -> None:
        """Set what the rounds need: a point near the mean, or a basis."""
        n_features = X.shape[1]
        self.n_iter_ = 0
        # Rounded to what the data can hold, so that differences from it are the same in their precision.
        self.mean_ = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel().astype(X.dtype).astype(np.float64)
        self._require("columns", n_features)
        basis = np.empty((0, n_features))
        if not self._is_exact(n_features):
            basis = subspace.first_basis(n_features, int(self.n_components), self.random_state)
        self.components_ = basis

    def _absorb_products(self, total: Summary) -> bool:
        if self.n_iter_ < POWER_ITERATIONS:
            self.n_iter_ += 1
            self.components_ = subspace.next_basis(total)
            return False
        whole = subspace.moments(total)
        self._finish(subspace.axes(total, self.components_, int(self.n_components)), whole.mean, whole.n_rows, whole.variation)
        return True

    def _sum(self, X: Matrix) -> Summary:
        return subspace.sum_products(X, self.components_) if len(self.components_) else sum_scatter(X, self.mean_)

    def _is_exact(self, n_features: int) -> bool:
        return self.solver == "exact" or self.n_components < 1 or (self.solver == "auto" and n_features <= EXACT_UP_TO)

    def _has_few_rows(self, X: Matrix) -> bool:
        return self.solver == "auto" and X.shape[0] <= EXACT_UP_TO and not is_sparse(X)

    def _fit_centred(self, X: Matrix, exact: bool) -> None:
        """Take the singular vectors of a centred copy: all of them in float64, or the first few in the dtype of X."""
        from scipy.linalg import svd
        from sklearn.utils.extmath import randomized_svd

        mean = np.asarray(X.mean(axis=0, dtype=np.float64)).ravel()
        if exact:
            centred = (X.toarray() if is_sparse(X) else X) - mean
            _, values, vectors = svd(centred, full_matrices=False, check_finite=False)
        else:
            centred = X - mean.astype(X.dtype)
            options = {"n_iter": POWER_ITERATIONS, "flip_sign": False, "random_state": self.random_state}
            _, values, vectors = randomized_svd(centred, int(self.n_components), **options)
        self.n_iter_ = 0 if exact else POWER_ITERATIONS
        self._finish(subspace.Axes(values, subspace.oriented(vectors)), mean, X.shape[0], sum_of_squares(centred))

    def _finish(self, axes: subspace.Axes, mean: NDArray[np.float64], n_rows: int, variation: float) -> None:
        # Rows that are all alike have no variance to explain.
        ratio = axes.values**2 / (variation or 1.0)
        kept = slice(self._size(ratio))
        self._require("records", n_rows)
        self._require("columns", len(mean))
        self.mean_, self.components_ = mean, np.ascontiguousarray(axes.vectors[kept])
        self.singular_values_ = axes.values[kept]
        self.explained_variance_ = axes.values[kept] ** 2 / (n_rows - 1)
        self.explained_variance_ratio_ = ratio[kept]

    def _size(self, ratio: NDArray[np.float64]) -> int:
        """How many components to keep, where together they explain these shares of the variance."""
        if self.n_components >= 1:
            return int(self.n_components)
        enough = int(np.searchsorted(np.cumsum(ratio), self.n_components, side="right")) + 1
        return min(enough, len(ratio))  # rounding, or rows that are all alike, may leave the sum short

    def _require(self, what: str, found: int) -> None:
        require(max(2 if what == "records" else 1, int(self.n_components)), found, what, f"n_components={self.n_components}")

    def _scale(self) -> NDArray[np.float64]:
        """What each column is divided by; never 0, so that a column without variance stays finite."""
        deviation = np.sqrt(self.explained_variance_)
        return np.maximum(deviation, np.finfo(np.float32).eps) if self.whiten else np.ones_like(deviation)
