"""Which of some centres each row is nearest to, so that a row has one answer whatever rows stand beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.values import is_sparse

from .parts import in_parts

CACHED_VALUES, CACHED_PRODUCTS = 2**19, 2**17
"""So many values of rows, and products of rows with centres, are held at once, so that they stay in the processor's cache."""
LEAST_ROWS = 256
"""But never fewer rows: the product of fewer costs more for each."""
DIFFERENCES = 2**18
"""Where rows are compared with centres by their differences, so many values are held at once."""


@dataclass(frozen=True)
class Centers:
    """Centres in the form that products of rows with them need."""

    shift: NDArray[Any] | None
    """A point among the centres, taken from rows and centres lest far from the origin rounding hides their distances. None for CSR, and
    where the centres lie around the origin anyway."""
    weights: NDArray[Any]
    """-2 times each centre, as columns."""
    lengths: NDArray[Any]
    """Squared length of each centre."""

    @classmethod
    @np.errstate(over="ignore")
    def of(cls, centers: NDArray[np.float64], like: Matrix) -> Self:
        """Prepare the centres for rows of the type and precision of `like`."""
        shift = None if is_sparse(like) else _shift(centers)
        near = centers if shift is None else centers - shift
        weights = np.ascontiguousarray(-2 * near.T, dtype=like.dtype)
        return cls(None if shift is None else shift.astype(like.dtype), weights, np.einsum("ij,ij->i", near, near).astype(like.dtype))

    def shifted(self, X: Matrix) -> Iterator[Matrix]:
        """Yield blocks of shifted rows; each is good until the next one is asked for."""
        values_per_row = X.nnz // max(1, X.shape[0]) if is_sparse(X) else X.shape[1]
        step = max(LEAST_ROWS, CACHED_VALUES // max(1, values_per_row))
        room = np.empty((0 if self.shift is None else min(step, X.shape[0]), X.shape[1]), X.dtype)
        for start in range(0, X.shape[0], step):
            block = X[start : start + step]
            yield block if self.shift is None else np.subtract(block, self.shift, out=room[: len(block)])

    def distances(self, near: Matrix) -> Iterator[NDArray[Any]]:
        """Yield the squared distances of shifted rows to the centres, less the rows' own squared lengths, in blocks; likewise."""
        step = max(LEAST_ROWS, CACHED_PRODUCTS // len(self.lengths))
        room = np.empty((min(step, near.shape[0]), len(self.lengths)), near.dtype)
        for start in range(0, near.shape[0], step):
            rows = near[start : start + step]
            found = rows @ self.weights if is_sparse(rows) else np.matmul(rows, self.weights, out=room[: len(rows)])
            found += self.lengths
            yield found

    def rounding(self, near: Matrix) -> NDArray[Any]:
        """Bound by how much two distances of a row may be wrong together (Higham, "Accuracy and Stability of Numerical Algorithms")."""
        squares = near.multiply(near).sum(axis=1) if is_sparse(near) else np.einsum("ij,ij->i", near, near)
        n_terms = int(np.diff(near.indptr).max()) if is_sparse(near) else near.shape[1]
        longest = self.lengths.max()
        products = np.sqrt(np.asarray(squares).ravel()) * np.sqrt(longest)
        exactness = np.finfo(near.dtype)
        bound: NDArray[Any] = (n_terms + 8) * (exactness.eps * (longest + 2 * products) + exactness.tiny)  # tiny: products may underflow
        return bound


def _shift(centers: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """Return a point among the centres, unless they lie around the origin: where that is as near to them as they are to each other."""
    # The median, which one centre far away does not move; rounded so that float32 and float64 rows are shifted alike.
    shift: NDArray[np.float32] = np.median(centers, axis=0).astype(np.float32)
    apart = np.median(np.square(centers - shift).sum(axis=1))
    return None if np.square(shift, dtype=np.float64).sum() <= apart else shift


def nearest(X: Matrix, centers: NDArray[Any]) -> Labels:
    """Return the number of each row's nearest centre, the first one of several.

    Products in the precision of X decide wherever their rounding cannot change the answer; the few rows left are done again in float64,
    and ties that remain by the differences themselves. BLAS adds in another order for one row than for many, so products alone would give
    a row near a tie another answer alone than in a batch.
    """
    centers = np.asarray(centers, np.float64)
    prepared = Centers.of(centers, X)
    return np.concatenate(in_parts(lambda part: _nearest(part, centers, prepared), X))


@np.errstate(over="ignore", invalid="ignore")  # where squares overflow, float64 decides, or differences
def _nearest(X: Matrix, centers: NDArray[np.float64], prepared: Centers) -> Labels:
    """Find the labels by products, and again for rows in doubt: in float64, or by differences where that was the precision already."""
    labels, margins, rounding = [], [], []
    for near in prepared.shifted(X):
        decided = [_decide(distances) for distances in prepared.distances(near)]
        labels += [found for found, _ in decided]
        margins += [margin for _, margin in decided]
        rounding.append(prepared.rounding(near))
    answer: Labels = np.concatenate(labels)
    doubtful = np.flatnonzero(~(np.concatenate(margins) > np.concatenate(rounding)))  # a margin that is no number, too: squares overflowed
    if len(doubtful) and len(centers) > 1:
        rows = X[doubtful].astype(np.float64)
        exact = X.dtype == np.float64
        answer[doubtful] = _nearest_by_differences(rows, centers) if exact else _nearest(rows, centers, Centers.of(centers, rows))
    return answer


def _decide(distances: NDArray[Any]) -> tuple[Labels, NDArray[Any]]:
    """Return the nearest centre of each row, and by how much the second one is farther."""
    rows = np.arange(len(distances))
    labels = distances.argmin(axis=1)
    shortest = distances[rows, labels]
    distances[rows, labels] = np.inf
    return labels, distances[rows, distances.argmin(axis=1)] - shortest


def _nearest_by_differences(X: Matrix, centers: NDArray[np.float64]) -> Labels:
    step = max(1, DIFFERENCES // centers.size)
    labels = np.empty(X.shape[0], np.int64)
    for start in range(0, X.shape[0], step):
        block = X[start : start + step]
        block = block.toarray() if is_sparse(block) else block
        labels[start : start + step] = ((centers - block[:, np.newaxis]) ** 2).sum(axis=2).argmin(axis=1)
    return labels
