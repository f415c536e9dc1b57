"""The recommender that factorises who touched what by alternating least squares."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Interactions

from .factors import FactorScorer, Query
from .least_squares import LeastSquares
from .logs import Log

STEPS = 3
"""Steps of conjugate gradients in each round: as many as leave the answers as good as exact rounds do."""


class ALS(FactorScorer):
    """Finds factors of users and items whose products are 1 where a user touched an item and 0 elsewhere, the former weighing more.

    A pair that was touched counts ``1 + alpha * weight`` in the squared error, any other 1. A history gets the factors that least squares
    gives it, exactly and whoever it is of, so that a new user is served as one learned from. Weights must be above 0.

    Beside what every recommender of this family learns, `item_factors_` holds the factors, float32 of shape (n_items, n_factors).

    Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008; conjugate gradients as in Takács, Pilászy
    and Tikk, "Applications of the conjugate gradient method for implicit feedback collaborative filtering", RecSys 2011.
    """

    n_factors: Annotated[int, Ge(1)] = 64
    """How many factors."""
    alpha: Annotated[float, Ge(0)] = 10.0
    """How much more a pair counts for each unit of its weight; 0: as much as any other."""
    l2: Annotated[float, Gt(0)] = 60.0
    """How far the factors are held down."""
    solver: Literal["cg", "cholesky"] = "cg"
    """How a round solves a row: by three steps of conjugate gradients from where it is, or exactly, which takes twice as long."""
    max_iter: Annotated[int, Ge(1)] = 15
    """How often to solve all users and then all items."""
    random_state: int = 0
    """Seed of the first factors."""

    def _learn(self, log: Log) -> None:
        users, items = log.matrix, log.matrix.T.tocsr()
        random = np.random.default_rng(self.random_state)
        of_items, of_users = (random.normal(scale=0.01, size=(count, self.n_factors)).astype(np.float32) for count in items.shape)
        for _ in range(self.max_iter):
            of_users = self._solved(of_items, users, of_users)
            of_items = self._solved(of_users, items, of_items)
        self.item_factors_ = of_items

    def update(self, interactions: Interactions) -> Self:
        """Fold new items in: each gets the factors that least squares gives it from the users of these events; the others keep theirs.

        A history of a new user needs no update.
        """
        log, n_old = Log.to_add(interactions, self.items_), len(self.items_)
        log.check_weights(self.takes_any_weight)
        users = LeastSquares(self.item_factors_, self.l2, self.alpha)(log.matrix[:, :n_old].tocsr())
        new = LeastSquares(users, self.l2, self.alpha)(log.matrix[:, n_old:].T.tocsr())
        factors: NDArray[np.float32] = np.concatenate([self.item_factors_, new])[self._take_in(log)]
        self.item_factors_ = factors
        self._index()
        return self

    def _solved(self, others: NDArray[np.float32], matrix: Any, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the factors of the rows of a matrix, given those of its columns."""
        solve = LeastSquares(others, self.l2, self.alpha)
        if self.solver == "cholesky" or not self.alpha:  # where all count alike, all have one matrix, which is solved once
            return solve(matrix)
        solve.approach(matrix, rows, STEPS)
        return rows

    def _querier(self) -> Query:
        solve = LeastSquares(self.item_factors_, self.l2, self.alpha)
        return lambda histories: solve(histories.matrix)
