"""The recommender that learns to rank what a user touched above what they did not."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt

from asterism.framework import DataError

from .factors import FactorScorer, Query, settled
from .least_squares import LeastSquares
from .logs import Log


class BPR(FactorScorer):
    """Finds factors of users and items so that what a user touched scores higher than what they did not.

    Each step draws an event and another item, in proportion to its events, and moves the factors along the gradient of the logarithm of
    the chance that they rank rightly. Only the factors of items are kept: a history gets factors by least squares from those of its items,
    whoever it is of, so that a new user is served as one learned from; on real logs these rank better than the factors that the descent
    gave the users. One thread, so that a seed always gives the same numbers.

    Weights must be above 0; beyond that they play no part. `DataError` where no user touched some items and not others.

    Beside what every recommender of this family learns, `item_factors_` holds the factors, float32 of shape (n_items, n_factors).

    Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009.
    """

    n_factors: Annotated[int, Ge(1)] = 64
    """How many factors."""
    learning_rate: Annotated[float, Gt(0)] = 0.01
    """How far a step goes."""
    l2: Annotated[float, Ge(0)] = 0.01
    """How far the factors are held down at each step."""
    history_l2: Annotated[float, Gt(0)] = 100.0
    """How far the factors of a history are held down: the larger, the more they are the sum of those of its items."""
    epochs: Annotated[int, Ge(1)] = 100
    """How many times as many steps as there are events."""
    random_state: int = 0
    """Seed of the first factors and of the steps."""

    def _learn(self, log: Log) -> None:
        from .factor_rounds import bpr_epoch

        touched = log.touched
        if touched.nnz == len(log.items) * np.count_nonzero(np.diff(touched.indptr)):
            hint = "take `popular`, or a log in which users differ"
            raise DataError("every user touched every item, so there is nothing to tell apart", hint=hint)
        seed = np.random.SeedSequence(self.random_state)
        random = np.random.default_rng(seed)
        users, items = (
            ((random.random((count, self.n_factors), np.float32) - np.float32(0.5)) / np.float32(self.n_factors))
            for count in (len(log), len(log.items))
        )
        owners = np.repeat(np.arange(len(log), dtype=np.int32), np.diff(touched.indptr))
        rule = (np.float32(self.learning_rate), np.float32(self.l2), seed.generate_state(1, np.uint64))
        for _ in range(self.epochs):
            bpr_epoch(touched.indptr, touched.indices, owners, users, items, *rule)
        self.item_factors_ = settled(items, "lower learning_rate")

    def _querier(self) -> Query:
        solve = LeastSquares(self.item_factors_, self.history_l2)
        return lambda histories: solve(histories.touched)
