"""The reducer `nmf`: rows as sums of parts, where nothing is negative."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le

from asterism.framework import DataError, Matrix, Reducer, report_problem
from asterism.framework.values import rows_with_negatives

from ..nonnegative import least_divergence, least_squares
from ..rows import blocks, project, require, rows_to_apply, rows_to_fit, rows_to_invert


class NMF(Reducer):
    """Write rows as sums of a few parts, none of it negative, so that parts can be read: topics of texts, features of faces.

    Dense or CSR without negative values, shape (n_records, n_features), to float32, shape (n_records, n_components): how much of each
    part a row holds. The parts are those of scikit-learn's `NMF` with the same settings and seed. The weights of a row, in training too,
    are the best ones for these parts, found for each row by itself.

    Learns `components_` (n_components, n_features), the parts; `n_iter_` and `reconstruction_err_`.

    Raises `DataError` for negative values, and where there are fewer rows or columns than components, unless `init` is random.

    Poor choice where values may be negative or have an arbitrary zero, and where parts would have to be subtracted: `pca` comes nearer
    to the rows with as many columns.

    Sources: Lee and Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 1999; Cichocki and Phan, "Fast
    local algorithms for large scale nonnegative matrix and tensor factorizations", 2009; Boutsidis and Gallopoulos, "SVD based
    initialization", 2008.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """How many parts."""
    init: Literal["nndsvda", "nndsvd", "nndsvdar", "random"] = "nndsvda"
    """What the fit starts from: singular vectors without their negative half, zeros filled with the mean (a), not, or with small random
    numbers (ar); or random numbers, with which the order of the records matters."""
    solver: Literal["cd", "mu"] = "cd"
    """Coordinate descent, or multiplicative updates, which any loss takes and which are slower."""
    beta_loss: Literal["frobenius", "kullback-leibler"] = "frobenius"
    """What is made small: squared differences, or the divergence that suits counts and needs the solver "mu"."""
    alpha_W: Annotated[float, Ge(0)] = 0.0  # noqa: N815  # scikit-learn's name
    """Penalty on the weights, times the number of columns."""
    alpha_H: Annotated[float, Ge(0)] | Literal["same"] = "same"  # noqa: N815  # likewise
    """Penalty on the parts, times the number of records; "same" is that on the weights."""
    l1_ratio: Annotated[float, Ge(0), Le(1)] = 0.0
    """Share of the penalties that is on absolute values, which makes zeros; the rest is on squares."""
    max_iter: Annotated[int, Ge(1)] = 200
    """Rounds after which the fit is ended, settled or not."""
    tol: Annotated[float, Gt(0)] = 1e-4
    """Settled is when a round changes less than this share of what the first one did."""
    random_state: int = 0
    """Seed of the singular vectors and of random numbers in the start."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X)
        self._require(X)
        theirs = self._fit_theirs(X)
        self.components_, self.n_iter_ = theirs.components_, int(theirs.n_iter_)
        self.reconstruction_err_ = float(theirs.reconstruction_err_)
        if self.n_iter_ >= self.max_iter:
            report_problem(f"ended after max_iter={self.max_iter} rounds, perhaps before the parts had settled; raise max_iter or tol")
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        _require_no_negatives(X)
        solve = least_squares if self.beta_loss == "frobenius" else least_divergence
        penalty = self.alpha_W * X.shape[1]
        weights, parts = np.empty((X.shape[0], self.n_components), np.float32), self.components_.astype(np.float64)
        start = 0
        for block in blocks(X):
            weights[start : start + block.shape[0]] = solve(block, parts, penalty * self.l1_ratio, penalty * (1 - self.l1_ratio))
            start += block.shape[0]
        return weights

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Add up the parts, shape (n, n_components), to rows, shape (n, n_features)."""
        return project(rows_to_invert(X, self.components_), self.components_)

    def _require(self, X: Matrix) -> None:
        if self.beta_loss != "frobenius" and self.solver == "cd":
            raise DataError(f"beta_loss='{self.beta_loss}' needs another solver than 'cd'", hint="set solver to 'mu'")
        _require_no_negatives(X)
        if self.init != "random":
            hint = "lower it, or set init to 'random'"
            require(self.n_components, X.shape[0], "records", f"n_components={self.n_components}", hint)
            require(self.n_components, X.shape[1], "columns", f"n_components={self.n_components}", hint)

    def _fit_theirs(self, X: Matrix) -> Any:
        from sklearn.decomposition import NMF as Theirs  # noqa: N811  # it is a class
        from sklearn.exceptions import ConvergenceWarning

        names = ("init", "solver", "beta_loss", "alpha_W", "alpha_H", "l1_ratio", "max_iter", "tol", "random_state")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fit reports it
            warnings.filterwarnings("ignore", message="The multiplicative update")  # of zeros in the start: the field says so
            return Theirs(self.n_components, **{name: getattr(self, name) for name in names}).fit(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


def _require_no_negatives(X: Matrix) -> None:
    if rows := rows_with_negatives(X):
        hint = "leave these records out, or take pca, which subtracts too"
        raise DataError("Negative values in data: parts are only added here", rows=rows, hint=hint)
