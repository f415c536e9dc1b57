"""The reducer `svd`: the directions in which a matrix is large, without centring, so that sparse text stays sparse."""

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Matrix, Reducer, Summable, Summary

from .. import subspace
from ..rows import project, require, rows_to_apply, rows_to_fit, rows_to_invert


class SVD(Reducer, Summable):
    """Project rows on the first right singular vectors: latent semantic analysis, where the rows are texts.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_components). Nothing is centred. In memory the numbers
    are those of scikit-learn's `TruncatedSVD` with the same seed; by sums they come in ``n_iter + 1`` rounds over the data.

    Learns `components_` (n_components, n_features), `singular_values_` and `explained_variance_ratio_` (n_components,).

    Raises `DataError` where there are fewer rows or columns than components.

    Poor choice where the mean of the rows is far from zero: it takes the first direction, and `pca` subtracts it.

    Sources: Deerwester et al., "Indexing by latent semantic analysis", 1990; Halko, Martinsson and Tropp, "Finding structure with
    randomness", SIAM Review 2011.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """How many columns to keep; about 100 for texts that are grouped afterwards."""
    n_iter: Annotated[int, Ge(0)] = 5
    """Power iterations: more are slower, and nearer to the exact vectors where singular values fall off slowly."""
    random_state: int = 0
    """Seed of the random starting basis."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Matrix, y: None = None) -> Matrix:
        from sklearn.utils.extmath import randomized_svd

        X = rows_to_fit(self, X)
        self._require("records", X.shape[0])
        self._require("columns", X.shape[1])
        _, values, vectors = randomized_svd(X, self.n_components, n_iter=self.n_iter, random_state=self.random_state, flip_sign=False)
        self.components_, self.singular_values_ = subspace.oriented(vectors), values
        placed = project(X, self.components_.T)
        self.n_iter_ = self.n_iter
        self._explain(subspace.moments(subspace.sum_moments(X)), placed.var(axis=0, dtype=np.float64))
        return placed

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        return project(X, self.components_.T)

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Bring rows back, shape (n, n_components), to (n, n_features): the best approximation in the space kept."""
        return project(rows_to_invert(X, self.components_), self.components_)

    def begin(self, sample: Matrix) -> None:
        sample = rows_to_fit(self, sample)
        self._require("columns", sample.shape[1])
        self.n_iter_ = 0
        self.components_ = subspace.first_basis(sample.shape[1], self.n_components, self.random_state)

    def summarize(self, batch: Matrix) -> Summary:
        return subspace.sum_products(rows_to_apply(self, batch), self.components_)

    def absorb(self, total: Summary) -> bool:
        if self.n_iter_ < self.n_iter:
            self.n_iter_ += 1
            self.components_ = subspace.next_basis(total)
            return False
        whole = subspace.moments(total)
        self._require("records", whole.n_rows)
        self.singular_values_, self.components_ = subspace.axes(total, self.components_, self.n_components)
        self._explain(whole, self.singular_values_**2 / whole.n_rows - (self.components_ @ whole.mean) ** 2)
        return True

    def _require(self, what: str, found: int) -> None:
        require(self.n_components, found, what, f"n_components={self.n_components}")

    def _explain(self, whole: subspace.Moments, variances: NDArray[np.float64]) -> None:
        # A matrix whose rows are all alike has no variance to explain; what rounding leaves of none may be negative.
        self.explained_variance_ratio_ = np.maximum(variances, 0.0) / ((whole.variation or 1.0) / whole.n_rows)
