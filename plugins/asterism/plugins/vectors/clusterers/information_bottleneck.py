"""The clusterer `information_bottleneck`: groups that keep what the columns tell, for rows of counts such as words."""

from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import Clusterer, Labels, Matrix, report_problem
from asterism.plugins.bottleneck import Counts, Groups

from ..rows import require, rows_to_apply, rows_to_fit


class InformationBottleneck(Clusterer):
    """Partition rows of counts so that the group of a row says as much as possible about its columns: which words a text holds.

    Dense or CSR without negative values, shape (n_records, n_features). A row is a distribution over the columns, and counts as much as its
    sum: with rows of sum 1 (``norm: l1``) all count alike. Row after row leaves its group and joins the one that loses the least
    information by it, in rounds, until few rows move. It needs no reducer before it, and takes counts better than weights: on word counts
    it is far better than k-means, which measures squares. A round takes stored values x groups; a group holds two numbers for each column.

    Learns `labels_` (n_records,), `group_sums_` (n_features, n_clusters: the joint distribution), `group_masses_` (n_clusters,),
    `information_` (the mutual information of groups and columns, in nats), and `n_iter_`.

    Raises `DataError` where there are fewer records with a value than clusters, and for negative values.

    A new row joins the group that loses the least information by it. A row of zeros says nothing: it is in no group (-1), and is
    reported. Poor choice for coordinates, which are no counts.

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
        rows = Counts.of(rows_to_fit(self, X))
        filled = np.flatnonzero(np.diff(rows.ends))
        require(self.n_clusters, len(filled), "records", f"n_clusters={self.n_clusters} needs as many that are not zero throughout")
        self.total_ = float(rows.values.sum())
        rows.values /= self.total_
        best = max((self._settled(rows, filled, start) for start in range(self.n_init)), key=lambda groups: groups.information)
        self.group_sums_, self.group_masses_ = best.sums, best.masses
        self.information_, self.n_iter_ = best.information, best.n_rounds
        self.labels_ = self._labels(rows)
        return self

    def predict(self, X: Matrix) -> Labels:
        rows = Counts.of(rows_to_apply(self, X))
        rows.values /= self.total_
        return self._labels(rows)

    def _settled(self, rows: Counts, filled: NDArray[np.int64], start: int) -> Groups:
        """Begin with groups of one size, drawn at random."""
        random = np.random.RandomState(self.random_state + start)
        labels = np.zeros(len(rows.ends) - 1, np.int64)
        labels[filled] = random.permutation(np.arange(len(filled)) % self.n_clusters)
        return Groups.settled(rows, labels, self.n_clusters, random.permutation(filled), self.max_iter, self.tol)

    def _labels(self, rows: Counts) -> Labels:
        labels = rows.nearest(self.group_sums_, self.group_masses_)
        if empty := np.flatnonzero(labels < 0).tolist():
            report_problem("in no group, because the row is zero throughout", rows=empty)
        return labels

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags
