"""The recommender that predicts each item from all others by one ridge regression."""

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions

from .logs import Log
from .scorer import Score, Scorer
from .sparse_scores import add_up_rows

MOST_ITEMS = 60_000
"""A table of so many items by themselves takes 14 GB; beyond that the answer is no."""
USERS_AT_ONCE = 2**10
"""Users that an update adds at a time, as dense rows."""


class EASE(Scorer):
    """Scores an item by a linear mix of the others in a history; the mix is solved in closed form.

    The table B of items by items minimises ``|X - X B|^2 + l2 |B|^2`` with a diagonal of zeros, for the users x items weights X. Kept is
    ``precision_`` = (X'X + l2 I)^-1, float32 of shape (n_items, n_items), of which B is the columns divided by the negative diagonal: 4
    bytes for each pair of items, twice that during the fit. Weights must be above 0. `DataError` above 60,000 items.

    Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019; with dropout, "Autoencoders that don't overfit towards the
    identity", NeurIPS 2020.
    """

    l2: Annotated[float, Gt(0)] = 250.0
    """How far large numbers are held down; the more users, the larger it should be."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Learn as if this share of the items of each history were hidden, again and again, from the mix that is to give them back."""

    def _learn(self, log: Log) -> None:
        _check_size(len(log.items))
        gram: NDArray[np.float32] = np.asfortranarray((log.matrix.T @ log.matrix).toarray(), np.float32)
        gram[np.diag_indices(len(gram))] *= 1 / (1 - self.dropout)
        gram[np.diag_indices(len(gram))] += self.l2
        self.precision_ = _inverse(gram)

    def update(self, interactions: Interactions) -> Self:
        """Add users who are not among those learned from, by a change of rank n_users; their items may be new.

        The answer is that of a fit on all users, but for rounding. `DataError` with dropout, which is no such change.
        """
        if self.dropout:
            hint = "fit it again, on the old events and the new ones, or set dropout to 0"
            raise DataError("ease with dropout cannot learn from further events alone: the weight of every item changes", hint=hint)
        log, n_old = Log.to_add(interactions, self.items_), len(self.items_)
        log.check_weights(self.takes_any_weight)
        _check_size(len(log.items))
        precision = np.eye(len(log.items)) / self.l2
        precision[:n_old, :n_old] = self.precision_
        for first in range(0, len(log), USERS_AT_ONCE):
            rows = log.matrix[first : first + USERS_AT_ONCE].toarray().astype(np.float64)
            seen = rows @ precision
            precision -= seen.T @ np.linalg.solve(np.eye(len(rows)) + seen @ rows.T, seen)
        order = self._take_in(log)
        self.precision_ = np.ascontiguousarray(precision[np.ix_(order, order)], np.float32)
        return self

    def _scorer(self) -> Score:
        divisor = -np.diag(self.precision_)

        def score(histories: Log) -> NDArray[np.float32]:
            scores = add_up_rows(histories, self.precision_)
            scores /= divisor
            own = histories.matrix
            scores[np.repeat(np.arange(len(histories)), np.diff(own.indptr)), own.indices] += own.data  # no item predicts itself
            return scores

        return score


def _check_size(n_items: int) -> None:
    if n_items > MOST_ITEMS:
        hint = "drop rare items with min_item_events, or take slim, which keeps a few neighbours of each item"
        raise DataError(f"ease holds a table of all pairs of items, and there are {n_items:,}", hint=hint)


def _inverse(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """Invert a positive definite matrix in place, by Cholesky's factors."""
    from scipy.linalg.lapack import spotrf, spotri

    factor, failed = spotrf(gram, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise DataError("the items are too much alike to be told apart in float32", hint="raise l2")
    inverse, _ = spotri(factor, lower=1, overwrite_c=1)
    step = 2**10
    for first in range(0, len(inverse), step):  # the other triangle, in blocks that fit the processor's memory
        for second in range(0, first + 1, step):
            block = inverse[first : first + step, second : second + step]
            if first == second:
                block[:] = np.tril(block) + np.tril(block, -1).T
            else:
                inverse[second : second + step, first : first + step] = block.T
    return np.ascontiguousarray(inverse.T)
