"""The recommender that predicts each item from a few others, by sparse linear regression."""

from collections import deque
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from .logs import Log
from .neighbours import products
from .row_parts import cut, in_threads
from .scorer import Score, Scorer
from .sparse_scores import add_up_rows

ITEMS_AT_ONCE = 2**8
"""Items that a thread fits at a time."""


class SLIM(Scorer):
    """Scores an item by a sparse linear mix of the others in a history, one elastic net for each item.

    The weights w of item j minimise ``|x_j - X w|^2 / 2 + l1 |w|_1 + l2 |w|^2 / 2`` over the `n_candidates` items that most users share
    with it, for the users x items weights X. Weights of events must be above 0.

    Beside what every recommender of this family learns, `weights_` holds what each item (row) says for the others, a float32 CSR matrix.

    Ning and Karypis, "SLIM: sparse linear methods for top-N recommender systems", ICDM 2011 (with its selection of features).
    """

    l1: Annotated[float, Ge(0)] = 0.5
    """How strongly small weights are drawn to 0."""
    l2: Annotated[float, Ge(0)] = 20.0
    """How far large weights are held down."""
    n_candidates: Annotated[int, Ge(1)] = 200
    """How many other items may speak for each."""
    positive: bool = True
    """Whether no item may speak against another."""
    max_iter: Annotated[int, Ge(1)] = 50
    """How often to go through the candidates of an item, at most."""
    tol: Annotated[float, Gt(0)] = 1e-4
    """Stop where no weight changes by more than this share of the largest."""

    def _learn(self, log: Log) -> None:
        from scipy.sparse import csr_matrix

        gram = (log.matrix.T @ log.matrix).tocsr()
        gram.sort_indices()
        shared = products(log.touched.T.tocsr(), log.touched, self.n_candidates)
        candidates = _rows_of(shared)
        weights = np.zeros(candidates.shape, np.float32)
        self._fit_items(gram, candidates, weights)
        said = weights != 0
        to = np.repeat(np.arange(len(candidates)), said.sum(axis=1))
        self.weights_ = csr_matrix((weights[said], (candidates[said], to)), shape=gram.shape)
        self.weights_.sort_indices()

    def _fit_items(self, gram: Any, candidates: NDArray[np.int32], weights: NDArray[np.float32]) -> None:
        from .slim_rounds import fit_items

        rule = (self.l1, self.l2, self.positive, self.max_iter, self.tol)

        def fit(part: slice) -> None:
            fit_items(gram.indptr, gram.indices, gram.data, candidates[part], part.start, *rule, weights[part])

        deque(in_threads(fit, cut(len(candidates), ITEMS_AT_ONCE)), maxlen=0)

    def _scorer(self) -> Score:
        def score(histories: Log) -> NDArray[np.float32]:
            scores = add_up_rows(histories, self.weights_)
            scores[scores == 0] = -np.inf  # nothing speaks for it
            return scores

        return score


def _rows_of(matrix: Any) -> NDArray[np.int32]:
    """Write the columns of a CSR matrix as an array, a row each, filled up with -1."""
    counts = np.diff(matrix.indptr)
    rows = np.full((len(counts), max(int(counts.max(initial=0)), 1)), -1, np.int32)
    rows[np.arange(rows.shape[1]) < counts[:, np.newaxis]] = matrix.indices
    return rows
