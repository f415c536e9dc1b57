"""The clusterer `information_bottleneck`: groups that keep what the columns tell, for rows of counts such as words."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix, report_problem
from asterism.framework.values import is_sparse

from ..rows import require, rows_to_apply, rows_to_fit


class InformationBottleneck(Clusterer):
    """Partition rows of counts so that the group of a row says as much as possible about its columns: which words a text holds.

    Dense or CSR without negative values, shape (n_records, n_features). Every row is taken as a distribution over the columns, and all
    rows count alike. Row after row leaves its group and joins the one that loses the least information by it, in rounds, until few rows
    move. It needs no reducer before it, and takes counts better than weights: on word counts it is far better than k-means, which
    measures squares. The compiled rounds take rows x stored values x groups; a group holds two numbers for each column.

    Learns `labels_` (n_records,), `group_sums_` (n_features, n_clusters: the joint distribution), `group_masses_` (n_clusters,),
    `information_` (the mutual information of groups and columns, in nats), and `n_iter_`.

    Raises `DataError` where there are fewer records with a value than clusters, and for negative values.

    A new row joins the group that loses the least information by it, as a row of the mass of a training row. A row of zeros says nothing:
    it is in no group (-1), and is reported. Poor choice for coordinates, which are no counts.

    Sources: Slonim, Friedman and Tishby, "Unsupervised document classification using sequential information maximization", SIGIR 2002;
    Tishby, Pereira and Bialek, "The information bottleneck method", 1999.
    """

    n_clusters: Annotated[int, Ge(1)] = 8
    """How many groups."""
    n_init: Annotated[int, Ge(1)] = 1
    """How many starts, from groups drawn at random; the one that keeps most information is kept."""
    max_iter: Annotated[int, Ge(1)] = 15
    """Rounds after which a start is ended, settled or not."""
    tol: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.02
    """Settled is when no more than this share of the rows moves in a round."""
    random_state: int = 0
    """Seed of the starts, and of the order in which rows move."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        rows = Distributions.of(rows_to_fit(self, X))
        filled = np.flatnonzero(np.diff(rows.ends))
        require(self.n_clusters, len(filled), "records", f"n_clusters={self.n_clusters} needs as many that are not zero throughout")
        self.row_mass_ = 1 / len(filled)
        rows.values *= self.row_mass_
        starts = [_Groups.settled(rows, filled, self, self.random_state + start) for start in range(self.n_init)]
        best = max(starts, key=lambda groups: groups.information)  # the first of equal ones
        self.group_sums_, self.group_masses_ = best.sums, best.masses
        self.information_, self.n_iter_ = best.information, best.n_rounds
        self.labels_ = self._labels(rows)
        return self

    def predict(self, X: Matrix) -> Labels:
        rows = Distributions.of(rows_to_apply(self, X))
        rows.values *= self.row_mass_
        return self._labels(rows)

    def _labels(self, rows: "Distributions") -> Labels:
        from ..bottleneck_rounds import nearest_groups

        labels: Labels = nearest_groups(*rows.parts, self.group_sums_, _times_log(self.group_sums_), self.group_masses_)
        if empty := np.flatnonzero(np.diff(rows.ends) == 0).tolist():
            labels[empty] = -1
            report_problem("in no group, because the row is zero throughout", rows=empty)
        return labels

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags


@dataclass
class Distributions:
    """Rows scaled to sum 1, as the parts of a CSR matrix without stored zeros."""

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
        lengths = np.diff(table.indptr)
        if len(table.data) and table.data.min() < 0:
            rows = np.unique(np.repeat(np.arange(len(lengths)), lengths)[table.data < 0]).tolist()
            hint = "leave these records out, or take kmeans, which measures distances"
            raise DataError("Negative values in data: counts are needed here", rows=rows, hint=hint)
        owners = np.repeat(np.arange(len(lengths)), lengths)
        totals = np.bincount(owners, table.data, len(lengths))
        return cls(table.indptr.astype(np.int64), table.indices.astype(np.int32), table.data / totals[owners], table.shape[1])

    @property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Row ends, columns and values, as the compiled rounds take them."""
        return self.ends, self.columns, self.values

    def sums(self, labels: Labels, n_groups: int) -> NDArray[np.float64]:
        """Add up the rows of each group, shape (n_columns, n_groups)."""
        groups = np.repeat(labels, np.diff(self.ends))
        cells = np.bincount(self.columns * np.int64(n_groups) + groups, self.values, self.n_columns * n_groups)
        return np.asarray(cells.reshape(self.n_columns, n_groups), np.float64)


@dataclass
class _Groups:
    """The groups of one start, once they have settled."""

    sums: NDArray[np.float64]
    masses: NDArray[np.float64]
    n_rounds: int

    @classmethod
    def settled(cls, rows: Distributions, filled: NDArray[np.int64], how: InformationBottleneck, seed: int) -> Self:
        """Begin with groups of one size, drawn at random, and move rows until few move."""
        from ..bottleneck_rounds import one_round

        random = np.random.RandomState(seed)
        labels, n_rounds = np.zeros(len(rows.ends) - 1, np.int64), 0
        labels[filled] = random.permutation(np.arange(len(filled)) % how.n_clusters)
        order = random.permutation(filled)
        sums = rows.sums(labels, how.n_clusters)
        sizes, masses, logs = np.bincount(labels[filled], minlength=how.n_clusters), sums.sum(axis=0), _times_log(sums)
        moved = len(filled)
        while n_rounds < how.max_iter and moved > how.tol * len(filled):
            moved, n_rounds = one_round(*rows.parts, order, labels, sizes, sums, logs, masses), n_rounds + 1
        sums = rows.sums(labels, how.n_clusters)  # anew: adding and taking away by turns leaves rounding behind
        return cls(sums, sums.sum(axis=0), n_rounds)

    @property
    def information(self) -> float:
        """The mutual information of groups and columns, in nats."""
        return float(_times_log(self.sums).sum() - _times_log(self.masses).sum() - _times_log(self.sums.sum(axis=1)).sum())


def _times_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p log p of each value, 0 for 0."""
    return values * np.log(np.where(values > 0, values, 1.0))
