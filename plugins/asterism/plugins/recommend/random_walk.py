"""The recommender that walks at random from the items of a history to users and on to their other items."""

from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from .keeping import KeepsEvents
from .logs import Log
from .neighbours import products
from .scorer import Score
from .sparse_scores import add_up_rows


class RandomWalk(KeepsEvents):
    """Ranks where walks of three steps from a history end, popular ends held back (RP3beta).

    From an item to one of its users to one of their items: the chance to end at an item, each step's chance to the power of `alpha`,
    divided by the item's number of users to the power of `beta`. Of each item the `n_neighbors` likeliest ends count. Weights must be above
    0.

    Beside what every recommender of this family learns, `transitions_` holds the walks from each item (row), a float32 CSR matrix.

    Paudel et al., "Updatable, accurate, diverse, and scalable recommendations for interactive applications", ACM TiiS 7, 2016.
    """

    n_neighbors: Annotated[int, Ge(1)] = 200
    """How many ends of each item's walks count."""
    alpha: Annotated[float, Ge(0)] = 1.0
    """Power of the chances: above 1 likely steps gain, below 1 unlikely ones."""
    beta: Annotated[float, Ge(0)] = 0.3
    """How far popular items are held back: 0 not at all."""

    recommends_above: ClassVar[float] = 0.0

    def _learn(self, log: Log) -> None:
        users = log.matrix.astype(np.float64)
        items = users.T.tocsr()
        to_item, to_user = _chances(users, self.alpha), _chances(items, self.alpha)
        to_item.data /= np.maximum(self.popularity_, 1.0)[to_item.indices] ** self.beta
        self.transitions_ = products(to_user, to_item, self.n_neighbors)

    def _scorer(self) -> Score:
        def score(histories: Log) -> NDArray[np.float32]:
            return add_up_rows(histories, self.transitions_)

        return score


def _chances(matrix: Any, alpha: float) -> Any:
    """Divide each row by its sum, and take the power of each chance."""
    totals = np.asarray(matrix.sum(axis=1)).ravel()
    chances = matrix.copy()
    chances.data = (matrix.data / np.repeat(totals, np.diff(matrix.indptr))) ** alpha
    return chances
