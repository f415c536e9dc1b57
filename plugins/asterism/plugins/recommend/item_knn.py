"""The recommender that looks for neighbours of items: who touched what you touched also touched ..."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Ranking, Recommender, report_problem

from .neighbours import best_of_rows, blocks, nearest, weigh_bm25


class ItemKNN(Recommender):
    """Ranks the neighbours of the items in a history: items are near where the same users touched both.

    The nearness of two items is the cosine of their columns of weights. The score of an item is the sum, over the items of the history,
    of their weight times the nearness, as far as the item is among the `n_neighbors` nearest of each. Events of one user with one item
    add up. Weights must be above 0. A history without a known item gets the items that most users touched, with the number of
    these users as their score, and is reported; so are events with items unknown at fit, which are left out.

    Equal scores are ordered by the number of users, then by id. Fitted, `items_` holds the ids in that order, `popularity_` their
    numbers of users, and `similarity_` the nearness of each item (row) to its neighbours, a float32 CSR matrix.

    Deshpande and Karypis, "Item-based top-N recommendation algorithms", ACM TOIS 22, 2004; BM25 after Robertson and Walker, SIGIR 1994.
    """

    n_neighbors: Annotated[int, Ge(1)] = 50
    """How many neighbours of each item count."""
    weighting: Literal["none", "bm25"] = "bm25"
    """What is compared: the weights as they are, or with BM25, which trusts busy users and popular items less."""
    bm25_k1: Annotated[float, Gt(0)] = 1.2
    """How far a strong event may outweigh a weak one; small: each counts about the same."""
    bm25_b: Annotated[float, Ge(0), Le(1)] = 0.75
    """How much an item's number of events is held against it, from 0 to 1."""
    shrinkage: Annotated[float, Ge(0)] = 0.0
    """Added to the denominator of the cosine: neighbours that few users vouch for become less near."""

    def fit(self, interactions: Interactions, y: None = None) -> Self:
        if not len(interactions.indices):
            raise DataError(f"there is not one event to learn from (got {len(interactions)} users without history)")
        n_items = len(interactions.items)
        columns = np.arange(n_items)
        touched = np.bincount(_user_item_matrix(interactions, columns, n_items).indices, minlength=n_items)
        order = sorted(range(n_items), key=lambda item: (-touched[item], interactions.items[item]))
        columns[order] = np.arange(n_items)
        items = _user_item_matrix(interactions, columns, n_items).T.tocsr()
        if self.weighting == "bm25":
            items = weigh_bm25(items, self.bm25_k1, self.bm25_b)
        self.items_ = [interactions.items[item] for item in order]
        self.popularity_ = touched[order]
        self.similarity_ = nearest(items, self.n_neighbors, self.shrinkage)
        return self

    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        similarity = self.similarity_
        known = _user_item_matrix(histories, self._columns(histories), len(self.items_))
        rows, scores = np.full((len(histories), n), -1, np.int64), np.zeros((len(histories), n), np.float32)
        for block in blocks(len(histories), len(self.items_)):
            history = known[block]
            found = (history @ similarity).tocsr()
            if exclude_seen:
                found -= found.multiply(history != 0)
            found.data = found.data.astype(np.float32)
            rows[block], scores[block] = best_of_rows(found, n)
        self._fill_cold(np.flatnonzero(np.diff(known.indptr) == 0), rows, scores)
        return Ranking(rows, scores, self.items_)

    def _columns(self, histories: Interactions) -> NDArray[np.int64]:
        """Give the position among our items of each item of the histories; -1 and a report where we do not have it."""
        position = {item: place for place, item in enumerate(self.items_)}
        columns = np.array([position.get(item, -1) for item in histories.items], np.int64)
        unknown = histories.indices[columns[histories.indices] < 0]
        if len(unknown):
            report_problem("events with items unknown at fit were left out", count=len(unknown))
        return columns

    def _fill_cold(self, cold: NDArray[np.int64], rows: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        if not len(cold):
            return
        report_problem("histories hold no known item and got the most popular ones", rows=cold.tolist())
        n = min(rows.shape[1], len(self.items_))
        rows[cold, :n], scores[cold, :n] = np.arange(n), self.popularity_[:n]


def _user_item_matrix(interactions: Interactions, columns: NDArray[np.int64], n_items: int) -> Any:
    """Add up the events of each user with each item; `columns` says where an item stands, -1 leaves it out."""
    from scipy.sparse import csr_matrix

    users = np.repeat(np.arange(len(interactions)), np.diff(interactions.indptr))
    bad = ~((interactions.weights > 0) & np.isfinite(interactions.weights))
    if bad.any():
        value = interactions.weights[bad][0]
        hint = "leave such events out, or shift the scale"
        raise DataError(f"the weight of an event must be above 0 and finite (got {value})", rows=np.unique(users[bad]).tolist(), hint=hint)
    kept = columns[interactions.indices] >= 0
    events = (interactions.weights[kept].astype(np.float64), (users[kept], columns[interactions.indices[kept]]))
    return csr_matrix(events, shape=(len(interactions), n_items))
