"""The recommender that groups users by taste and gives each what their group likes."""

from itertools import pairwise
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import report_problem

from .logs import Log
from .neighbours import Weigher
from .scorer import Score, Scorer


class ClusterCF(Scorer):
    """Divides users by k-means and ranks what the users of the nearest group touched.

    Users are compared by the cosine of their histories, each item counting less the more users touched it. The score of an item is the
    share of the group's users who touched it, smoothed by the share of all users. Weights must be above 0.

    Beside what every recommender of this family learns, `centres_` (n_clusters, n_items) holds the means of the groups, float32, and
    `shares_`, of the same shape, the scores.

    Ungar and Foster, "Clustering methods for collaborative filtering", AAAI workshop on recommendation systems 1998.
    """

    n_clusters: Annotated[int, Ge(1)] = 20
    """How many groups; fewer where fewer users differ, which is reported."""
    smoothing: Annotated[float, Ge(0)] = 5.0
    """How many users' worth the taste of all users counts within a group."""
    n_init: Annotated[int, Ge(1)] = 3
    """How often to begin anew; the best of these is kept."""
    random_state: int = 0
    """Seed of the first means."""

    recommends_above: ClassVar[float] = 0.0

    def _learn(self, log: Log) -> None:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        with_history = log.touched[np.flatnonzero(np.diff(log.indptr))]
        different = {with_history.indices[begin:end].tobytes() for begin, end in pairwise(with_history.indptr)}
        n_clusters = min(self.n_clusters, len(different))
        if n_clusters < self.n_clusters:
            report_problem(f"n_clusters={self.n_clusters} was lowered to {n_clusters}, the number of different histories")
        self.rarity_ = Weigher.of(with_history, "tfidf", 1.0, 0.0).rarity
        means = KMeans(n_clusters, n_init=self.n_init, random_state=self.random_state)
        with threadpool_limits(1):  # threads add up in the order in which they come to an end
            means.fit(self._unit(with_history))
        member = np.zeros((n_clusters, with_history.shape[0]), np.float32)
        member[means.labels_, np.arange(with_history.shape[0])] = 1
        taste = with_history.sum(axis=0).A1 / with_history.shape[0]
        sizes = member.sum(axis=1, keepdims=True)
        self.centres_ = means.cluster_centers_.astype(np.float32)
        self.shares_ = ((member @ with_history + self.smoothing * taste) / np.maximum(sizes + self.smoothing, 1)).astype(np.float32)

    def _unit(self, touched: Any) -> Any:
        """Weigh items by their rarity, and bring every row to length 1."""
        from sklearn.preprocessing import normalize

        weighed = touched.copy().astype(np.float64)
        weighed.data *= self.rarity_[weighed.indices]
        return normalize(weighed, copy=False)

    def _scorer(self) -> Score:
        centres, halves = self.centres_.astype(np.float64), (self.centres_.astype(np.float64) ** 2).sum(axis=1) / 2

        def score(histories: Log) -> NDArray[np.float32]:
            shares: NDArray[np.float32] = self.shares_[np.argmax(self._unit(histories.touched) @ centres.T - halves, axis=1)]
            return shares

        return score
