"""Neighbours of items and of users: how a log is weighed, and the nearest few rows of a sparse matrix in bounded memory."""

from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .row_parts import cut, in_threads

Weighting: TypeAlias = Literal["none", "tfidf", "bm25"]
"""What is compared: the weights as they are, or weighed so that those of busy users and popular items say less."""
Similarity: TypeAlias = Literal["cosine", "jaccard", "dot"]
"""How near two rows are: the cosine between them, the share of what both touched in what either did, or their product."""

ROWS_AT_ONCE = 2**8
"""Rows whose neighbours a thread looks for at a time."""


@dataclass(frozen=True)
class Weigher:
    """Weighs the rows of a matrix as if each were a text and its columns the words; a column counts less the more rows have it.

    With "bm25" a strong event counts more than a weak one, but ever less so (`k1` says how soon that levels off), and each counts less the
    more events its row has (`b`, from 0 not at all to 1 in proportion); Robertson and Walker, SIGIR 1994. With "tfidf" it counts by its
    root.
    """

    weighting: Weighting
    k1: float
    b: float
    rarity: NDArray[np.float64]
    """What each column counts."""
    mean_total: float
    """The mean of the sums of the rows."""

    @classmethod
    def of(cls, matrix: Any, weighting: Weighting, k1: float, b: float) -> Self:
        """Learn from a CSR matrix what its columns are worth."""
        n_rows, n_columns = matrix.shape
        touched = np.bincount(matrix.indices, minlength=n_columns)
        rarity = np.ones(n_columns) if weighting == "none" else np.log1p(n_rows / (1 + touched))
        return cls(weighting, k1, b, rarity, float(matrix.sum(dtype=np.float64)) / n_rows)

    def __call__(self, matrix: Any) -> Any:
        """Weigh the rows of a CSR matrix of as many columns: float64 CSR."""
        weighed = matrix.astype(np.float64)
        if self.weighting == "tfidf":
            weighed.data = np.sqrt(weighed.data)
        if self.weighting == "bm25":
            totals = np.asarray(weighed.sum(axis=1)).ravel()
            length = np.repeat(1 - self.b + self.b * totals / self.mean_total, np.diff(matrix.indptr))
            weighed.data = weighed.data * (self.k1 + 1) / (weighed.data + self.k1 * length)
        weighed.data *= self.rarity[matrix.indices]
        return weighed


class Nearest:
    """Finds the rows of a CSR matrix that are nearest to others."""

    def __init__(self, rows: Any, similarity: Similarity, shrinkage: float = 0.0) -> None:
        self.similarity, self.shrinkage = similarity, shrinkage
        self.rows = self._form(rows)
        self.by_column = self.rows.T.tocsr()
        self.norms = self._norms(self.rows)

    def among(self, n_neighbors: int) -> Any:
        """Find the neighbours of each row among the others: float32 CSR of shape (n_rows, n_rows), columns in order."""
        best, values = self._largest(self.rows, n_neighbors, itself=False)
        return _csr_of_best(best, values, len(best))

    def to(self, rows: Any, n_neighbors: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Find the neighbours of the rows of another CSR matrix: their numbers, -1 for none, and how near they are, in any order."""
        return self._largest(self._form(rows), n_neighbors, itself=True)

    def _form(self, rows: Any) -> Any:
        formed = rows.astype(np.float32)
        formed.sort_indices()
        if self.similarity == "jaccard":  # who touched, not how much
            formed.data[:] = 1
        return formed

    def _norms(self, rows: Any) -> NDArray[np.float32]:
        """Return what products are divided by: the length of each row, or how many entries it has."""
        if self.similarity == "jaccard":
            counts: NDArray[np.float32] = np.diff(rows.indptr).astype(np.float32)
            return counts
        owners = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        lengths: NDArray[np.float32] = np.sqrt(np.bincount(owners, rows.data.astype(np.float64) ** 2, rows.shape[0])).astype(np.float32)
        return lengths

    def _largest(self, rows: Any, k: int, itself: bool) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        norms = (self._norms(rows), self.norms)
        return _largest(rows, self.by_column, k, itself, self.similarity, norms, self.shrinkage)


def products(left: Any, right: Any, n_largest: int) -> Any:
    """Multiply two CSR matrices and keep the largest positive entries of each row, none on the diagonal: float32 CSR, columns in order."""
    norms = (np.zeros(0, np.float32), np.zeros(right.shape[1], np.float32))
    best, values = _largest(left.astype(np.float32), right.astype(np.float32), n_largest, False, "dot", norms, 0.0)
    return _csr_of_best(best, values, right.shape[1])


def _largest(
    left: Any,
    right: Any,
    k: int,
    itself: bool,
    similarity: Similarity,
    norms: tuple[NDArray[np.float32], NDArray[np.float32]],
    shrinkage: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the largest entries of each row of left @ right, in threads, each of which takes some rows."""
    from .neighbour_rounds import COSINE, DOT, JACCARD, largest_products

    n_rows, k = left.shape[0], min(k, right.shape[1])
    best, values = np.full((n_rows, k), -1, np.int32), np.zeros((n_rows, k), np.float32)
    kind = {"cosine": COSINE, "jaccard": JACCARD, "dot": DOT}[similarity]
    arrays = [(matrix.indptr, matrix.indices, matrix.data) for matrix in (left, right)]

    def find(part: slice) -> None:
        largest_products(*arrays, norms, kind, np.float32(shrinkage), itself, part.start, best[part], values[part])

    deque(in_threads(find, cut(n_rows, ROWS_AT_ONCE)), maxlen=0)
    return best, values


def _csr_of_best(best: NDArray[np.int32], values: NDArray[np.float32], n_columns: int) -> Any:
    """Make a CSR matrix, columns in order, of the best entries of each row; -1 is none."""
    from scipy.sparse import csr_matrix

    found = best >= 0
    indptr = np.concatenate([[0], np.cumsum(found.sum(axis=1))])
    matrix = csr_matrix((values[found], best[found], indptr), shape=(len(best), n_columns))
    matrix.sort_indices()
    return matrix
