"""The reducer `standardize`: columns of mean 0 and variance 1."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Reducer, Summable, Summary, report_problem
from asterism.framework.errors import shorten
from asterism.framework.values import is_sparse

from ..moments import moments, point_near_mean, sum_columns
from ..rows import blocks, dense_to_apply, dense_to_fit, require, rows_to_apply, rows_to_fit


class Standardize(Reducer, Summable):
    """Subtract the mean of each column and divide by its standard deviation, so that no unit of measurement outweighs another.

    Dense or CSR, shape (n_records, n_features), to float32 of the same shape. A CSR matrix stays one where nothing is subtracted.
    A column that is constant is not divided, and is reported once.

    Learns `mean_`, `scale_` (n_features,): the standard deviation, 1 for constant columns, and what `with_mean` came to, `centred_`.

    Raises `DataError` for fewer than 2 records.

    Poor choice where all columns have one unit already, such as pixels or word weights: it blows up those that hardly vary.

    Source of the sums: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American Statistician 1983.
    """

    with_mean: bool | Literal["auto"] = "auto"
    """Subtract the mean, which makes CSR rows dense; "auto" does for a fit on an array and does not for a fit on a CSR matrix."""
    with_std: bool = True
    """Divide by the standard deviation."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = (dense_to_fit if self.with_mean is True else rows_to_fit)(self, X, least=2)
        self._start(X)
        self.absorb(sum_columns(X, self.mean_))
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        if is_sparse(X) and not self.centred_:
            return _with_values(X, X.data / self.scale_[X.indices])
        X, placed, start = dense_to_apply(self, X), np.empty(X.shape, np.float32), 0
        for block in blocks(X, dtype=None):
            part = placed[start : start + len(block)]
            np.divide(block - self._offset(), self.scale_, out=part, casting="same_kind")
            start += len(block)
        return placed

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Bring rows back to the units and the means of the training rows, shape (n, n_features)."""
        if getattr(X, "ndim", 0) != 2 or X.shape[1] != len(self.scale_):
            found = getattr(X, "shape", type(X).__name__)
            raise DataError(f"rows of {len(self.scale_)} columns can be brought back (got {found})", hint="pass what transform gave")
        if is_sparse(X) and not self.centred_:
            return _with_values(X, X.data * self.scale_[X.indices])
        rows: NDArray[Any] = X.toarray() if is_sparse(X) else X
        return (rows * self.scale_ + self._offset()).astype(np.float32)

    def _start(self, X: Matrix) -> None:
        self.mean_ = point_near_mean(X)
        self.centred_ = not is_sparse(X) if self.with_mean == "auto" else self.with_mean

    def begin(self, sample: Matrix) -> None:
        self._start(rows_to_fit(self, sample))

    def summarize(self, batch: Matrix) -> Summary:
        return sum_columns(rows_to_apply(self, batch), self.mean_)

    def absorb(self, total: Summary) -> bool:
        found = moments(total, self.mean_)
        require(2, found.n_rows, "records", "a standard deviation needs 2 records", "give it more records")
        self.mean_, self.scale_ = found.mean, np.ones_like(found.mean)
        if self.with_std:
            self.scale_ = np.where(found.constant, 1.0, np.sqrt(found.variance))
        self._report(np.flatnonzero(found.constant & ((found.mean != 0) | self.centred_)))
        return True

    def _offset(self) -> NDArray[np.float64] | float:
        return self.mean_ if self.centred_ else 0.0

    def _report(self, columns: NDArray[np.int64]) -> None:
        if len(columns):
            outcome = "become 0" if self.centred_ else "stay as they are"
            message = f"columns that are the same in all records and {outcome}: {shorten(columns.tolist())}"
            report_problem(message, count=len(columns))


def _with_values(X: Matrix, values: NDArray[Any]) -> Matrix:
    """Return a CSR matrix like X with other values, as float32."""
    return type(X)((values.astype(np.float32), X.indices.copy(), X.indptr.copy()), shape=X.shape)
