"""The reducer `ica`: the independent sources that were mixed in the rows."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Reducer, report_problem

from ..rows import dense_to_fit, project, require, rows_to_apply, rows_to_invert
from ..subspace import oriented


class ICA(Reducer):
    """Unmix rows into sources that are as independent of each other as can be, each with mean 0 and variance 1.

    Dense, shape (n_records, n_features), to float32, shape (n_records, n_components). A CSR matrix is made an array for the fit. The
    sources are those of scikit-learn's `FastICA` with the same settings and seed, each turned so that its largest entry in
    `components_` is positive; they have no order.

    Learns `components_` (n_components, n_features), which unmixes; `mixing_` (n_features, n_components), `mean_` (n_features,), `n_iter_`.

    Raises `DataError` where the records vary in fewer directions than there are components.

    Poor choice where the sources are normally distributed, as no rotation of such sources is more independent than another.

    Source: Hyvärinen and Oja, "Independent component analysis: algorithms and applications", Neural Networks 2000.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """How many sources to find, in the space of as many principal axes."""
    algorithm: Literal["parallel", "deflation"] = "parallel"
    """Find all sources at once, or one after the other."""
    fun: Literal["logcosh", "exp", "cube"] = "logcosh"
    """The measure of how far a source is from a normal distribution: for all purposes, for heavy tails, or the kurtosis."""
    max_iter: Annotated[int, Ge(1)] = 200
    """Rounds after which the fit is ended, settled or not."""
    tol: Annotated[float, Gt(0)] = 1e-4
    """Settled is when no direction turns by more than this in a round (1 less the cosine)."""
    random_state: int = 0
    """Seed of the rotation that the search starts from."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = dense_to_fit(self, X, least=2)
        because = f"n_components={self.n_components}"
        require(self.n_components, X.shape[0], "records", because)
        require(self.n_components, X.shape[1], "columns", because)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        centred = (X - self.mean_).astype(X.dtype)
        whitening = self._whitening(centred)
        components = self._rotation(centred @ whitening.T) @ whitening.astype(np.float64)
        deviation = project(centred, components.T).std(axis=0, dtype=np.float64)
        self.components_ = oriented(components / deviation[:, np.newaxis])
        self.mixing_ = np.linalg.pinv(self.components_)
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        return project(X, self.components_.T, around=self.mean_)

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Mix sources, shape (n, n_components), to rows, shape (n, n_features)."""
        return project(rows_to_invert(X, self.components_), self.mixing_.T, -self.mean_)

    def _whitening(self, centred: NDArray[Any]) -> NDArray[Any]:
        """Return the projection on principal axes of variance 1, each turned as scikit-learn turns it."""
        from scipy.linalg import svd

        axes, values, _ = svd(centred.T, full_matrices=False, check_finite=False)
        rounding = max(centred.shape) * values[0] + 2 * np.sqrt(centred.size) * np.abs(self.mean_).max()
        n_directions = int((values > rounding * np.finfo(centred.dtype).eps).sum())
        if n_directions < self.n_components:
            there = f"n_components={self.n_components}, but the records vary in only {n_directions} directions"
            raise DataError(there, hint="lower it, or give it records that differ more")
        kept = slice(self.n_components)
        turned = axes[:, kept] * np.where(axes[0, kept] < 0, -1, 1)
        whitening: NDArray[Any] = (turned / values[kept]).T * np.sqrt(len(centred))
        return whitening.astype(centred.dtype)

    def _rotation(self, white: NDArray[Any]) -> NDArray[np.float64]:
        from sklearn.decomposition import FastICA
        from sklearn.exceptions import ConvergenceWarning

        names = ("algorithm", "fun", "max_iter", "tol", "random_state")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # reported here
            theirs = FastICA(whiten=False, **{name: getattr(self, name) for name in names}).fit(white)
        self.n_iter_ = int(theirs.n_iter_)
        if self.n_iter_ >= self.max_iter:
            report_problem(f"ended after max_iter={self.max_iter} rounds, perhaps before the sources had settled; raise max_iter or tol")
        rotation: NDArray[np.float64] = theirs.components_.astype(np.float64)
        return rotation
