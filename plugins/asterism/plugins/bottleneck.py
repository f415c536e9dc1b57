"""Groups that keep what the columns of counts tell: what the clusterer and the topics of the information bottleneck have in common.

Slonim, Friedman and Tishby, "Unsupervised document classification using sequential information maximization", SIGIR 2002.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Labels, Matrix
from asterism.framework.values import is_sparse, rows_with_negatives


@dataclass
class Counts:
    """Rows without negative values, as the parts of a CSR matrix without stored zeros."""

    ends: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float64]
    n_columns: int

    @classmethod
    def of(cls, X: Matrix) -> Self:
        """Take over the rows of a matrix; `DataError` where one holds a negative value."""
        from scipy.sparse import csr_matrix

        table = csr_matrix(X, dtype=np.float64, copy=is_sparse(X))
        table.eliminate_zeros()
        if rows := rows_with_negatives(table):
            hint = "leave these records out, or take kmeans, which measures distances"
            raise DataError("Negative values in data: counts are needed here", rows=rows, hint=hint)
        return cls(table.indptr.astype(np.int64), table.indices.astype(np.int32), table.data, table.shape[1])

    @property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Row ends, columns and values, as the compiled rounds take them."""
        return self.ends, self.columns, self.values

    def of_rows(self, kept: NDArray[np.int64]) -> Self:
        """Return some of the rows."""
        lengths = np.diff(self.ends)
        held = np.isin(np.repeat(np.arange(len(lengths)), lengths), kept)
        ends = np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64)
        return type(self)(ends, self.columns[held], self.values[held], self.n_columns)

    def sums(self, labels: Labels, n_groups: int) -> NDArray[np.float64]:
        """Add up the rows of each group, shape (n_columns, n_groups)."""
        groups = np.repeat(labels, np.diff(self.ends))
        cells = np.bincount(self.columns * np.int64(n_groups) + groups, self.values, self.n_columns * n_groups)
        return np.asarray(cells.reshape(self.n_columns, n_groups), np.float64)

    def nearest(self, sums: NDArray[np.float64], masses: NDArray[np.float64]) -> Labels:
        """Tell for each row which group loses the least information by it; -1 for a row of zeros, which says nothing."""
        from .bottleneck_rounds import nearest_groups

        labels: Labels = nearest_groups(*self.parts, sums, times_log(sums), masses)
        labels[np.diff(self.ends) == 0] = -1
        return labels


@dataclass
class Groups:
    """Groups between which rows have moved until few move."""

    sums: NDArray[np.float64]
    """Joint distribution of columns and groups, shape (n_columns, n_groups)."""
    masses: NDArray[np.float64]
    """Share of each group, shape (n_groups,)."""
    n_rounds: int

    @classmethod
    def settled(cls, rows: Counts, labels: Labels, n_groups: int, order: NDArray[np.int64], max_iter: int, tol: float) -> Self:
        """Move the rows in `order` from their groups in `labels`, which change, in rounds, until no more than a share `tol` moves."""
        from .bottleneck_rounds import one_round

        sums, sizes = rows.sums(labels, n_groups), np.bincount(labels[order], minlength=n_groups)
        masses, logs, n_rounds, moved = sums.sum(axis=0), times_log(sums), 0, len(order)
        while n_rounds < max_iter and moved > tol * len(order):
            moved, n_rounds = one_round(*rows.parts, order, labels, sizes, sums, logs, masses), n_rounds + 1
        sums = rows.sums(labels, n_groups)  # anew: adding and taking away by turns leaves rounding behind
        return cls(sums, sums.sum(axis=0), n_rounds)

    @property
    def information(self) -> float:
        """The mutual information of groups and columns, in nats."""
        return float(times_log(self.sums).sum() - times_log(self.masses).sum() - times_log(self.sums.sum(axis=1)).sum())


def times_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p log p of each value, 0 for 0."""
    return values * np.log(np.where(values > 0, values, 1.0))
