"""The topics `bottleneck`: groups that any clusterer began, settled by the words of the texts."""

from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, report_problem
from asterism.plugins.bottleneck import Counts, Groups

from .kind import Topics, check_to_apply, check_to_fit


class Bottleneck(Topics):
    """Move records between groups as long as the groups tell more of the words: the rounds of `clusterer/information_bottleneck`.

    It begins with the groups that it is fed, say of sentence vectors by k-means, and keeps their numbers; so vectors say where to look, and
    words have the last say. Terms should be counted, not weighted. A record of no group joins one, unless it holds no term.

    Learns `labels_` (n_records,), `groups_`, `group_sums_` (n_terms, n_groups), `group_masses_` and `information_` (in nats).

    A new record joins the group that loses the least information by it, whatever group it was put into; one without a term stays where
    it is. Raises `DataError` where every record is of group -1.

    Source: Slonim, Friedman and Tishby, "Unsupervised document classification using sequential information maximization", SIGIR 2002.
    """

    max_iter: Annotated[int, Ge(1)] = 5
    """Rounds after which it ends, settled or not."""
    tol: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.02
    """Settled is when no more than this share of the records moves in a round."""
    random_state: int = 0
    """Seed of the order in which records move."""

    def fit(self, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> Self:
        check_to_fit(self, labels, vectors, terms, term_matrix)
        rows = Counts.of(term_matrix)
        self.groups_ = np.unique(labels[labels >= 0])
        self.total_ = float(rows.values.sum()) or 1.0
        rows.values /= self.total_
        settled = self._settled(rows, labels)
        self.group_sums_, self.group_masses_, self.information_ = settled.sums, settled.masses, settled.information
        self.labels_ = self.predict(labels, vectors, term_matrix)
        moved = np.count_nonzero(self.labels_ != labels)
        self.notes_ = [f"{moved:,} records moved to the group that their words tell, in {settled.n_rounds} rounds"]
        return self

    def predict(self, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> Labels:
        check_to_apply(self, labels, vectors, term_matrix)
        rows = Counts.of(term_matrix)
        rows.values /= self.total_
        nearest = rows.nearest(self.group_sums_, self.group_masses_)
        if empty := np.flatnonzero(nearest < 0).tolist():
            report_problem("stays in the group that it was put into, because the text holds no known term", rows=empty)
        return np.where(nearest >= 0, self.groups_[np.maximum(nearest, 0)], labels).astype(np.int64)

    def _settled(self, rows: Counts, labels: Labels) -> Groups:
        """Move the records that are in a group and hold a term; the others say nothing of where groups lie."""
        begun = np.searchsorted(self.groups_, labels)
        grouped: NDArray[np.int64] = np.flatnonzero((labels >= 0) & (np.diff(rows.ends) > 0))
        order = np.random.RandomState(self.random_state).permutation(len(grouped))
        return Groups.settled(rows.of_rows(grouped), begun[grouped], len(self.groups_), order, self.max_iter, self.tol)
