"""What every component of this family does with a matrix before it computes: check it, and walk through it in blocks of rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Component, DataError, Matrix
from asterism.framework.memory import available, write_bytes
from asterism.framework.values import is_sparse, rows_not_finite

BLOCK_VALUES = 2**20
"""A block holds about this many values (8 MiB in float64), so that working in float64 costs no second copy of the matrix."""
BLOCK_ROWS = 4096
"""And never more rows, so that a block of a wide CSR matrix may be made dense where few columns make that cheap."""

EQUAL_VALUES = 2**20
"""Arrays are multiplied with weights in blocks of about so many values."""


def rows_to_fit(component: Component, X: Any, least: int = 1) -> Matrix:
    """Return X as a C-ordered array or CSR matrix of float32 or float64, and note its columns as `n_features_in_`.

    Raises `DataError` where X is no matrix, has fewer than `least` rows, or holds NaN or infinity.
    """
    return _checked(component, X, reset=True, ensure_min_samples=least)


def rows_to_apply(component: Component, X: Any, finite: bool = True) -> Matrix:
    """Return X likewise for a component that is fitted; `NotFittedError` before, `DataError` also where the columns differ.

    With `finite` False the caller looks for NaN and infinity itself, by `require_finite`.
    """
    component.n_features_in_  # noqa: B018  # raises NotFittedError first, whatever X is
    return _checked(component, X, reset=False, finite=finite)


def dense_to_fit(component: Component, X: Any, least: int = 1) -> NDArray[Any]:
    """Do as `rows_to_fit` for a method that needs every value in its place: a CSR matrix is made an array, where that has room."""
    return _dense(component, rows_to_fit(component, X, least))


def dense_to_apply(component: Component, X: Any) -> NDArray[Any]:
    """Do as `rows_to_apply` for such a method."""
    return _dense(component, rows_to_apply(component, X))


def require_finite(X: Matrix) -> None:
    """Raise `DataError` where a row holds NaN or infinity."""
    with np.errstate(all="ignore"):
        bad = rows_not_finite(X)
    if bad:
        raise DataError("the matrix holds NaN or infinity", rows=bad, hint="leave these records out, or fill in the values")


def require_room(n_bytes: int, what: str, hint: str) -> None:
    """Raise `DataError` unless `what` (such as "the distances of 100,000 records to each other") fits into free memory."""
    if n_bytes > (free := available()):
        raise DataError(f"{what} would take {write_bytes(n_bytes)}, and {write_bytes(free)} of memory are free", hint=hint)


def require_directions(X: Matrix, because: str) -> None:
    """Raise `DataError` where a row is all zeros: such a row has no direction, so no cosine."""
    filled = np.diff((X != 0).tocsr().indptr) > 0 if is_sparse(X) else (X != 0).any(axis=1)
    if not filled.all():
        empty = np.flatnonzero(~filled).tolist()
        raise DataError(f"{because}, and rows of zeros have no direction", rows=empty, hint="leave these records out, or take 'euclidean'")


def rows_to_invert(X: Any, components: NDArray[Any]) -> NDArray[Any]:
    """Return reduced rows as an array; `DataError` unless each has one value per component."""
    rows: NDArray[Any] = np.asarray(X)
    if rows.ndim != 2 or rows.shape[1] != len(components):
        raise DataError(
            f"rows of {len(components)} components can be brought back (got shape {rows.shape})", hint="pass what transform gave"
        )
    return rows


def require(needed: int, found: int, what: str, because: str, hint: str = "") -> None:
    """Raise `DataError` unless there are as many `what` (records, columns) as `because` (a setting) needs."""
    if found < needed:
        there = f"is only {found} {what.removesuffix('s')}" if found == 1 else f"are only {found} {what}"
        raise DataError(f"{because}, but there {there}", hint=hint or f"lower it, or give it more {what}")


def blocks(X: Matrix, dtype: Any = np.float64) -> Iterator[Matrix]:
    """Yield the rows of X in order, in blocks of bounded size; `dtype` None leaves the values as they are."""
    n_rows, n_columns = X.shape
    values_per_row = X.nnz / max(n_rows, 1) if is_sparse(X) else n_columns
    step = int(np.clip(BLOCK_VALUES / max(values_per_row, 1), 1, BLOCK_ROWS))
    for start in range(0, n_rows, step):
        yield X[start : start + step].astype(dtype or X.dtype, copy=False)


def sum_of_squares(X: Matrix) -> float:
    """Sum the squares of all values, in float64."""
    values = (block.data if is_sparse(block) else block.ravel() for block in blocks(X))
    return float(sum(part @ part for part in values))


def project(
    X: Matrix, weights: NDArray[Any], offset: NDArray[Any] | float = 0.0, around: NDArray[Any] | None = None
) -> NDArray[np.float32]:
    """Compute ``(X - around) @ weights - offset`` as float32, in the precision of X; a row alone gives what it gives in a batch.

    SciPy adds up the rows of a CSR matrix one by one. BLAS adds in another order for one row than for many, so arrays are multiplied in
    blocks of one size, the last of which is filled up with zeros. On some processors (OpenBLAS's kernels for Haswell) the order
    also depends on the place of a row in its block; there the last bit of a row alone may differ.
    """
    if is_sparse(X):
        weights = np.asarray(weights, np.float64)
        offset = offset if around is None else offset + around @ weights
        return np.asarray(X @ weights.astype(X.dtype) - offset, np.float32)
    placed = np.empty((len(X), weights.shape[1]), np.float32)
    weights = np.ascontiguousarray(weights, X.dtype)
    step = int(np.clip(EQUAL_VALUES / X.shape[1], 16, 1024))
    room = np.zeros((step, X.shape[1]), X.dtype)
    near = 0.0 if around is None else around.astype(X.dtype)
    for start in range(0, len(X), step):
        block = X[start : start + step]
        if around is not None or len(block) < step:
            np.subtract(block, near, out=room[: len(block)])
            block = room
        placed[start : start + step] = (block @ weights)[: len(X) - start] - offset
    return placed


def _dense(component: Component, X: Matrix) -> NDArray[Any]:
    if not is_sparse(X):
        return np.asarray(X)
    what = f"{type(component).__name__} needs dense rows, and {X.shape[0]:,} x {X.shape[1]:,} values"
    require_room(X.shape[0] * X.shape[1] * X.dtype.itemsize, what, hint="put a reducer that takes CSR before it, such as svd")
    dense: NDArray[Any] = X.toarray()
    return dense


def _checked(component: Component, X: Any, finite: bool = True, **options: Any) -> Matrix:
    from sklearn.utils.validation import validate_data

    try:
        X = validate_data(component, X, accept_sparse="csr", dtype=[np.float64, np.float32], order="C", ensure_all_finite=False, **options)
    except ValueError as error:
        # scikit-learn's wording is kept whole: users search for it, and its estimator checks look for it.
        raise DataError(str(error), hint=_way_out(str(error))) from error
    if finite:
        require_finite(X)
    return _canonical(X) if is_sparse(X) else X


def _way_out(message: str) -> str:
    return "give it a matrix with the same columns as in fit" if "is expecting" in message else ""


def _canonical(X: Matrix) -> Matrix:
    """Sum duplicate cells and use 32-bit indices where they suffice: scikit-learn's k-means takes no others."""
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    if X.indices.dtype != np.int32 and X.nnz <= np.iinfo(np.int32).max:
        parts = (X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32))
        X = type(X)(parts, shape=X.shape)
    return X
