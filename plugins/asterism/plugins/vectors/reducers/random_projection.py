"""The reducer `random_projection`: fewer columns that keep distances, without looking at the data."""

import warnings
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Reducer, Summable, Summary, report_problem
from asterism.framework.values import is_sparse

from ..rows import project, rows_to_apply, rows_to_fit, rows_to_invert

SAMPLE_ROWS = 100
"""Between this many records the distances are compared, for the note of how well they are kept."""


class RandomProjection(Reducer, Summable):
    """Multiply rows with a random matrix, which keeps the distances between them, each up to a few percent.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_components). Where the number of components is given,
    nothing is learned but the number of columns; "auto" counts the records. The matrix is scikit-learn's with the same seed.

    Learns `components_` (n_components, n_features), an array or, for the sparse distribution, CSR; `notes_` say how much the
    distances between 100 records changed.

    Raises `DataError` where "auto" would need more components than there are columns.

    Poor choice where few columns are wanted: the error of a distance falls with the root of their number, 100 still leave about 7 %.

    Sources: Johnson and Lindenstrauss, "Extensions of Lipschitz mappings into a Hilbert space", 1984; Achlioptas, "Database-friendly
    random projections", 2003; Li, Hastie and Church, "Very sparse random projections", KDD 2006.
    """

    n_components: Annotated[int, Ge(1)] | Literal["auto"] = 100
    """How many columns to make; "auto": as many as keep all distances within the share `eps`, by Johnson and Lindenstrauss."""
    eps: Annotated[float, Gt(0), Lt(1)] = 0.1
    """By which share a squared distance may change at most, where the number of components is "auto"."""
    distribution: Literal["gaussian", "sparse"] = "gaussian"
    """Of the matrix: normal numbers, or mostly zeros and else one number with either sign, which is faster for wide rows."""
    density: Annotated[float, Gt(0), Le(1)] | Literal["auto"] = "auto"
    """Share of the sparse matrix that is not 0: 1/3 is Achlioptas's; "auto" is 1 / sqrt(n_features), Li's."""
    random_state: int = 0
    """Seed of the matrix."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X)
        self._draw(X.shape[0])
        self._note(X)
        return self

    def transform(self, X: Matrix) -> Matrix:
        return self._place(rows_to_apply(self, X))

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Bring rows back, shape (n, n_components), to (n, n_features): of all rows with this projection, the shortest."""
        rows = rows_to_invert(X, self._components())
        return project(rows, np.linalg.pinv(self._components()).T)

    def begin(self, sample: Matrix) -> bool:
        sample = rows_to_fit(self, sample)
        if self.n_components == "auto":
            self.n_components_ = 0  # not known before the records are counted
            return False
        self._draw(sample.shape[0])
        self._note(sample)
        return True

    def summarize(self, batch: Matrix) -> Summary:
        return {"count": np.array(rows_to_apply(self, batch).shape[0])}

    def absorb(self, total: Summary) -> bool:
        self._draw(int(total["count"]))
        self.notes_ = [f"{self.n_components_:,} components for {int(total['count']):,} records"]
        return True

    def _draw(self, n_records: int) -> None:
        from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

        self.n_components_ = self._enough(n_records) if self.n_components == "auto" else self.n_components
        options: dict[str, Any] = {"n_components": self.n_components_, "random_state": self.random_state}
        if self.distribution == "sparse":
            theirs = SparseRandomProjection(density=self.density, **options)
        else:
            theirs = GaussianRandomProjection(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # more components than columns: reported here
            drawn = theirs.fit(np.zeros((1, self.n_features_in_))).components_
        self.components_ = drawn.tocsr() if is_sparse(drawn) else drawn
        if self.n_components_ > self.n_features_in_:
            report_problem(f"n_components={self.n_components_} is no reduction: there are only {self.n_features_in_} columns")

    def _enough(self, n_records: int) -> int:
        from sklearn.random_projection import johnson_lindenstrauss_min_dim

        enough = max(1, int(johnson_lindenstrauss_min_dim(n_records, eps=self.eps)))
        if enough > self.n_features_in_:
            needed = f"n_components='auto' with eps={self.eps} takes {enough:,} components for {n_records:,} records"
            raise DataError(f"{needed}, and there are only {self.n_features_in_:,} columns", hint="set n_components, or raise eps")
        return enough

    def _components(self) -> NDArray[np.float64]:
        dense: NDArray[np.float64] = self.components_.toarray() if is_sparse(self.components_) else self.components_
        return dense

    def _place(self, X: Matrix) -> NDArray[np.float32]:
        if is_sparse(self.components_):
            placed = X @ self.components_.T.astype(X.dtype)  # row by row, alone as in a batch
            return np.asarray(placed.toarray() if is_sparse(placed) else placed, np.float32)
        return project(X, self.components_.T)

    def _note(self, X: Matrix) -> None:
        """Compare the distances between some records before and after."""
        from sklearn.metrics.pairwise import euclidean_distances

        rows = np.unique(np.linspace(0, X.shape[0] - 1, min(SAMPLE_ROWS, X.shape[0])).astype(np.int64))
        pairs = np.triu_indices(len(rows), 1)
        before, after = (euclidean_distances(matrix)[pairs] for matrix in (X[rows].astype(np.float64), self._place(X[rows])))
        changed = np.abs(after[before > 0] / before[before > 0] - 1)
        self.notes_ = []
        if len(changed):
            middle, largest = np.median(changed), changed.max()
            self.notes_ = [f"distances between {len(rows)} records change by {middle:.0%} at the median, by {largest:.0%} at most"]
