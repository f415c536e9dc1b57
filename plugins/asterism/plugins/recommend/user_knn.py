"""The recommender that looks for neighbours of users: people like you touched ..."""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from .keeping import KeepsEvents
from .logs import Log
from .neighbours import Nearest, Similarity, Weigher, Weighting
from .scorer import Score


class UserKNN(KeepsEvents):
    """Ranks what the users nearest to a history touched.

    The score of an item is the sum, over the `n_neighbors` users whose histories are nearest, of the nearness times the weight of the item
    in theirs. Weights must be above 0. A history that was learned from is nearest to itself, which brings it nothing new.

    Beside what every recommender of this family learns, `users_` holds the users and `events_` what they touched.

    Resnick et al., "GroupLens: an open architecture for collaborative filtering of netnews", CSCW 1994.
    """

    n_neighbors: Annotated[int, Ge(1)] = 100
    """How many neighbours of a history count."""
    weighting: Weighting = "tfidf"
    """What is compared: the weights as they are, or so that those of busy users and popular items say less."""
    similarity: Similarity = "cosine"
    """How near two users are: the cosine, the share of the items of either that both touched, or the product of their weights."""
    bm25_k1: Annotated[float, Gt(0)] = 1.2
    """How far a strong event may outweigh a weak one; small: each counts about the same."""
    bm25_b: Annotated[float, Ge(0), Le(1)] = 0.75
    """How much a user's number of events is held against them, from 0 to 1."""
    shrinkage: Annotated[float, Ge(0)] = 0.0
    """Added to what a product is divided by: neighbours that share little become less near."""

    recommends_above: ClassVar[float] = 0.0

    def _learn(self, log: Log) -> None:
        """Learn nothing but the events."""

    def _scorer(self) -> Score:
        from .neighbour_rounds import mix_rows

        events = self.events_
        weigh = Weigher.of(events, self.weighting, self.bm25_k1, self.bm25_b)
        nearest = Nearest(weigh(events), self.similarity, self.shrinkage)

        def score(histories: Log) -> NDArray[np.float32]:
            near, nearness = nearest.to(weigh(histories.matrix), self.n_neighbors)
            scores = np.zeros((len(histories), len(self.items_)), np.float32)
            mix_rows(near, nearness, events.indptr, events.indices, events.data, scores)
            return scores

        return score
