"""The columns that conditions are made of: terms that records have or not, or values above a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Upstream
from asterism.framework.values import is_sparse


@dataclass(frozen=True)
class Features:
    """Columns with names."""

    matrix: Matrix
    """Shape (n_records, n_columns)."""
    names: Sequence[str]
    are_terms: bool
    """True where a record has a column or has it not."""

    def rows(self, rows: NDArray[np.int64]) -> "Features":
        """Return the same columns of some records."""
        return self if len(rows) == self.matrix.shape[0] else replace(self, matrix=self.matrix[rows])

    def chosen(self, inside: NDArray[np.bool_], n: int) -> tuple[NDArray[np.float32], list[str]]:
        """Return the `n` columns by which some records differ most from the others, float32, and their names; terms as 0 and 1."""
        gap = np.abs(self._contrast(inside))
        columns = np.sort(np.argsort(-np.round(gap, 9), kind="stable")[:n])
        taken = self.matrix[:, columns]
        values = np.asarray(taken.toarray() if is_sparse(taken) else taken, np.float32)
        return (values != 0).astype(np.float32) if self.are_terms else values, [str(self.names[column]) for column in columns.tolist()]

    def _contrast(self, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Tell by column how far the means of both sides lie apart: of terms the shares that have them, else in standard deviations."""
        if self.are_terms:
            matrix: Any = self.matrix
            return np.asarray(_counts(matrix[inside]) / inside.sum() - _counts(matrix[~inside]) / (~inside).sum())
        dense = np.asarray(self.matrix.toarray() if is_sparse(self.matrix) else self.matrix, np.float64)
        spread = dense.std(axis=0)
        return np.asarray((dense[inside].mean(axis=0) - dense[~inside].mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _counts(matrix: Any) -> NDArray[np.float64]:
    """Count the rows that have each column."""
    return np.bincount(matrix.indices[matrix.data != 0], minlength=matrix.shape[1]).astype(np.float64)


def features_of(upstream: Upstream) -> Features:
    """Take the columns whose names are known, or else those of the matrix that was grouped."""
    if upstream.term_stage:
        matrix = upstream.term_matrix()
        return Features(matrix, upstream.terms(), is_sparse(matrix))
    matrix = upstream.matrix()
    return Features(matrix, [f"column {column}" for column in range(matrix.shape[1])], False)
