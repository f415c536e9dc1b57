"""The recommender that looks for neighbours of items: who touched what you touched also touched ..."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from .keeping import KeepsEvents
from .logs import Log
from .neighbours import Nearest, Similarity, Weigher, Weighting
from .scorer import Score
from .sparse_scores import add_up_rows


class ItemKNN(KeepsEvents):
    """Ranks the neighbours of the items in a history: items are near where the same users touched both.

    The score of an item is the sum, over the items of the history, of their weight times the nearness, as far as the item is among the
    `n_neighbors` nearest of each. Events of one user with one item add up. Weights must be above 0.

    Beside what every recommender of this family learns, `similarity_` holds the nearness of each item (row) to its neighbours, a float32
    CSR matrix.

    Deshpande and Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22, 2004.
    """

    n_neighbors: Annotated[int, Ge(1)] = 200
    """How many neighbours of each item count."""
    weighting: Weighting = "bm25"
    """What is compared: the weights as they are, or so that those of busy users and popular items say less."""
    similarity: Similarity = "cosine"
    """How near two items are: the cosine, the share of the users of either who touched both, or the product of their weights."""
    bm25_k1: Annotated[float, Gt(0)] = 1.2
    """How far a strong event may outweigh a weak one; small: each counts about the same."""
    bm25_b: Annotated[float, Ge(0), Le(1)] = 0.75
    """How much an item's number of events is held against it, from 0 to 1."""
    shrinkage: Annotated[float, Ge(0)] = 0.0
    """Added to what a product is divided by: neighbours that few users vouch for become less near."""

    recommends_above: ClassVar[float] = 0.0

    def _learn(self, log: Log) -> None:
        items = log.matrix.T.tocsr()
        weigh = Weigher.of(items, self.weighting, self.bm25_k1, self.bm25_b)
        self.similarity_ = Nearest(weigh(items), self.similarity, self.shrinkage).among(self.n_neighbors)

    def _scorer(self) -> Score:
        def score(histories: Log) -> NDArray[np.float32]:
            return add_up_rows(histories, self.similarity_)

        return score
