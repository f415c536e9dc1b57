"""The reducer `select`: some of the columns, as they are."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Reducer, Summable, Summary
from asterism.framework.values import is_sparse

from ..covariance import centre, sum_scatter
from ..moments import Moments, moments, point_near_mean, sum_columns
from ..rows import require, require_room, rows_to_apply, rows_to_fit, rows_to_invert


class Select(Reducer, Summable):
    """Keep the columns that vary most, leave out those that do not vary or that say what another one says.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_kept), in the same form; the columns keep their order
    and their values. Columns are taken by falling variance, of equal ones the first: so of two that are correlated above
    `max_correlation`, the one that varies more stays.

    Learns `columns_` (n_kept,): which columns were kept; `variances_` (n_features,).

    Raises `DataError` for fewer than 2 records, where no column varies, or where fewer are left than `n_components`.

    Poor choice where the columns have different units, whose variances do not compare, and where groups differ in a column that
    hardly varies.

    Source of the sums: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American Statistician 1983.
    """

    n_components: Annotated[int, Ge(1)] | Literal["all"] = "all"
    """How many columns to keep; "all" that the other two fields leave."""
    min_variance: Annotated[float, Ge(0)] = 0.0
    """Only columns with a variance above this are kept; with 0, all that are not constant."""
    max_correlation: Annotated[float, Gt(0), Le(1)] | None = None
    """Leave out columns whose correlation with one that is kept is above this, with either sign; takes n_features^2 numbers of memory."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        self._start(X)
        self.absorb(self._sum(X))
        return self

    def transform(self, X: Matrix) -> Matrix:
        return rows_to_apply(self, X)[:, self.columns_].astype(np.float32)

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Put the columns back to their places, shape (n, n_features), with zeros for those that were left out."""
        kept = rows_to_invert(X.toarray() if is_sparse(X) else X, self.columns_)
        whole = np.zeros((len(kept), self.n_features_in_), np.float32)
        whole[:, self.columns_] = kept
        return whole

    def begin(self, sample: Matrix) -> None:
        self._start(rows_to_fit(self, sample))

    def summarize(self, batch: Matrix) -> Summary:
        return self._sum(rows_to_apply(self, batch))

    def absorb(self, total: Summary) -> bool:
        if "scatter" in total:
            scatter = centre(total)[1]
            total = {"count": total["count"], "sum": total["sum"], "squares": np.diagonal(total["scatter"])}
        found = moments(total, self.point_)
        require(2, found.n_rows, "records", "a variance needs 2 records", "give it more records")
        self.variances_ = found.variance
        columns = self._varying(found)
        if self.max_correlation is not None:
            columns = _less_alike(columns, scatter, self.max_correlation)
        self._keep(columns, int(found.constant.sum()))
        return True

    def _start(self, X: Matrix) -> None:
        self.point_ = point_near_mean(X)
        if self.max_correlation is not None:
            n_columns = len(self.point_)
            hint = "leave max_correlation out, or put a reducer before this one"
            require_room(3 * 8 * n_columns**2, f"the correlations of {n_columns:,} columns with each other", hint)

    def _sum(self, X: Matrix) -> Summary:
        return sum_columns(X, self.point_) if self.max_correlation is None else sum_scatter(X, self.point_)

    def _varying(self, found: Moments) -> NDArray[np.int64]:
        """List the columns that vary enough, those that vary most first."""
        columns = np.flatnonzero(~found.constant & (found.variance > self.min_variance))
        if not len(columns):
            largest = f"no variance is above min_variance={self.min_variance} (the largest is {found.variance.max():.4g})"
            reason = "every column is the same in all records" if found.constant.all() else largest
            raise DataError(f"{reason}, so none would be kept", hint="give it records that differ, or lower min_variance")
        return columns[np.argsort(-found.variance[columns], kind="stable")]

    def _keep(self, columns: NDArray[np.int64], n_constant: int) -> None:
        if self.n_components != "all":
            require(self.n_components, len(columns), "columns", f"n_components={self.n_components} of those that vary and differ enough")
            columns = columns[: self.n_components]
        self.columns_ = np.sort(columns)
        self.notes_ = [f"{len(columns):,} of {self.n_features_in_:,} columns kept; {n_constant:,} are constant"]


def _less_alike(columns: NDArray[np.int64], scatter: NDArray[Any], largest: float) -> NDArray[np.int64]:
    """Go through columns in their order, and leave out each that is correlated above `largest` with one before it that stays."""
    deviation = np.sqrt(np.diagonal(scatter)[columns])
    alike = np.abs(scatter[np.ix_(columns, columns)]) / np.outer(deviation, deviation) > largest
    stays = np.ones(len(columns), bool)
    for place in range(len(columns)):
        if stays[place]:
            stays[place + 1 :] &= ~alike[place, place + 1 :]
    return columns[stays]
