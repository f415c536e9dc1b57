"""The recommender that predicts ratings, from biases, factors, and what was rated at all."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import Interactions

from .factors import settled
from .logs import Log
from .scorer import Score, Scorer


class SVDpp(Scorer):
    """Predicts the rating of every item, and ranks by it.

    A rating is the mean, plus what the user and the item deviate from it, plus the product of the item's factors with those of the user and
    those that the user's items imply. Learned by stochastic gradients in one thread. Of several ratings of one item by one user the latest
    counts; they may have any sign. A history gets its deviation and factors by least squares, whoever it is of, so that a new user is
    served as one learned from.

    Beside what every recommender of this family learns: `mean_`; `item_bias_` (n_items,); `item_factors_` and `implied_factors_`, float32
    of shape (n_items, n_factors).

    Koren, "Factorization meets the neighborhood", KDD 2008.
    """

    n_factors: Annotated[int, Ge(1)] = 20
    """How many factors."""
    learning_rate: Annotated[float, Gt(0)] = 0.007
    """How far a step goes."""
    l2: Annotated[float, Gt(0)] = 0.05
    """How far deviations and factors are held down, for each rating."""
    epochs: Annotated[int, Ge(1)] = 30
    """How often to go through all ratings."""
    random_state: int = 0
    """Seed of the first factors and of the order of users."""

    takes_any_weight: ClassVar[bool] = True

    def predict(self, histories: Interactions) -> NDArray[np.float32]:
        """Predict the rating of every item for each history: float32 of shape (n_histories, n_items), in the order of `items_`."""
        log = Log.to_score(histories, self.items_)
        log.check_weights(self.takes_any_weight)
        return self._scorer()(log)

    def _learn(self, log: Log) -> None:
        from .factor_rounds import svd_pp_epoch

        ratings, random = log.ratings, np.random.default_rng(self.random_state)
        users, items, implied = (
            random.normal(scale=0.03, size=(count, self.n_factors)).astype(np.float32) for count in (len(log), *[len(log.items)] * 2)
        )
        user_bias, item_bias = np.zeros(len(log), np.float32), np.zeros(len(log.items), np.float32)
        mean = np.float32(ratings.data.mean(dtype=np.float64))
        rule = (np.float32(self.learning_rate), np.float32(self.l2))
        for _ in range(self.epochs):
            order = random.permutation(len(log))
            factors = (users, user_bias, items, item_bias, implied)
            svd_pp_epoch(order, ratings.indptr, ratings.indices, ratings.data, mean, *factors, *rule)
            settled(items, "lower learning_rate, or divide the ratings so that they differ by a few units, as 1 to 5 do")
        self.mean_, self.item_bias_, self.item_factors_, self.implied_factors_ = float(mean), item_bias, items, implied

    def _scorer(self) -> Score:
        from .factor_rounds import rated_least_squares
        from .scoring_rounds import add_dense_rows, multiply_columns

        items = np.ascontiguousarray(self.item_factors_.T)

        def score(histories: Log) -> NDArray[np.float32]:
            ratings = histories.ratings
            shares: NDArray[np.float32] = (1 / np.sqrt(np.maximum(np.diff(ratings.indptr), 1))).astype(np.float32)
            owners = np.repeat(np.arange(len(histories)), np.diff(ratings.indptr))
            taste = np.zeros((len(histories), self.n_factors), np.float32)
            add_dense_rows(ratings.indptr, ratings.indices, shares[owners], self.implied_factors_, taste)
            implied = np.einsum("ij,ij->i", taste[owners], self.item_factors_[ratings.indices])
            rest = ratings.data - np.float32(self.mean_) - self.item_bias_[ratings.indices] - implied
            found = np.zeros((len(histories), self.n_factors + 1), np.float32)
            rated_least_squares(ratings.indptr, ratings.indices, rest, self.item_factors_, self.l2, found)
            scores = (found[:, -1:] + np.float32(self.mean_)) + self.item_bias_
            multiply_columns(taste + found[:, :-1], items, scores)
            return scores

        return score
