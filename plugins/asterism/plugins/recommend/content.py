"""The recommender that goes by what is in the items: more of what a history is about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Matrix, Ranking, Reason, report_problem
from asterism.framework.kinds import one_history
from asterism.framework.values import is_sparse

from .catalogue import CatalogueScorer, unit_rows
from .factors import Query
from .logs import Log
from .scorer import Score
from .sparse_scores import add_up_rows


class Content(CatalogueScorer):
    """Ranks items by the cosine of their vectors with the profile of a history: the mean of its items' vectors, by their weights.

    Nothing is learned of who touched what, so an item that nobody has touched yet is recommended like any other. Items with a cosine of 0
    or below are not recommended, and so none that the catalogue lacks; histories that nothing is like get nothing and are reported.
    Weights must be above 0.

    Pazzani and Billsus, "Content-based recommendation systems", in: The Adaptive Web, 2007.
    """

    half_life_events: Annotated[float, Gt(0)] | None = None
    """Of a history, the event that lies so many events back counts half as much as the last one; left out, all count alike."""

    recommends_above: ClassVar[float] = 0.0

    def recommend(self, histories: Interactions, n: int, exclude_seen: bool = True) -> Ranking:
        ranking = super().recommend(histories, n, exclude_seen)
        empty = np.flatnonzero((ranking.rows == -1).all(axis=1)).tolist() if n else []
        if blank := [row for row in empty if histories.indptr[row] < histories.indptr[row + 1]]:
            report_problem("histories get nothing, because no item that may be recommended is like theirs", rows=blank)
        return ranking

    def search(self, query: Any, n: int = 10) -> list[tuple[str, float]]:
        """Return the ids of the `n` items nearest to a text, an image, or whatever else the encoder reads, with the cosine of each.

        The best come first; only items with a cosine above 0 are found, and none that may not be recommended.
        """
        wanted = unit_rows(self.encoder_.transform(self.item_modality.read([query])))
        scores, offered = _cosines(self.item_factors_, wanted), self._offered()
        if offered is not None:
            scores[~offered] = 0
        best = np.argsort(-scores, kind="stable")[:n]
        return [(self.items_[item], float(scores[item])) for item in best if scores[item] > 0]

    def explain(self, history: Interactions | Sequence[str], item: str, n: int = 5) -> list[Reason]:
        """Say which words the item shares with the history or, where the encoder knows none, which of its items are nearest.

        The weights of words, with the item that says each most, add up to the cosine with the history; those of items are the cosine with
        each. At most `n` reasons, most first. `DataError` where `history` holds more than one user, or `item` is unknown.
        """
        log = Log.to_score(one_history(history), self.items_)
        if item not in self.items_:
            raise DataError(f"the item {item!r} is not known", hint="name one that can be recommended")
        its_vector = self.item_factors_[[self.items_.index(item)]]
        has_words = is_sparse(its_vector) and hasattr(self.encoder_, "get_feature_names_out")
        reasons = self._words(log, its_vector) if has_words else self._nearest(log, its_vector)
        return sorted((reason for reason in reasons if reason.weight > 0), key=lambda reason: -reason.weight)[:n]

    def _words(self, log: Log, its_vector: Matrix) -> list[Reason]:
        shared = self._profiles(log).multiply(its_vector).tocsr()
        terms, own = self.encoder_.get_feature_names_out(), self._aged(log).matrix
        said = self.item_factors_[own.indices].multiply(own.data[:, np.newaxis]).tocsc()[:, shared.indices].toarray()
        most = [self.items_[own.indices[row]] for row in said.argmax(axis=0)] if shared.nnz else []
        reasons = zip(shared.indices, shared.data, most, strict=True)
        return [Reason(f"both speak of '{terms[term]}'", float(weight), (left,)) for term, weight, left in reasons]

    def _nearest(self, log: Log, its_vector: Matrix) -> list[Reason]:
        touched = np.unique(log.columns)
        near, names = _cosines(self.item_factors_[touched], its_vector), [self.items_[column] for column in touched]
        return [Reason(f"it is like '{left}'", float(cosine), (left,)) for left, cosine in zip(names, near, strict=True)]

    def _learn(self, log: Log) -> None:
        """Take the vectors of the items as they are: the events tell nothing more."""

    def _scorer(self) -> Score:
        if not is_sparse(self.item_factors_):
            return super()._scorer()
        from .scoring_rounds import add_sparse_rows

        by_term = self.item_factors_.T.tocsr()

        def score(histories: Log) -> NDArray[np.float32]:
            profiles, scores = self._profiles(histories), np.zeros((len(histories), len(self.items_)), np.float32)
            arrays = (part for matrix in (profiles, by_term) for part in (matrix.indptr, matrix.indices, matrix.data))
            add_sparse_rows(*arrays, scores)
            return scores

        return score

    def _querier(self) -> Query:
        return self._profiles

    def _profiles(self, histories: Log) -> Matrix:
        """Return the profile of each history, of length 1: float32 of shape (n_histories, n_features), or CSR."""
        aged, vectors = self._aged(histories), self.item_factors_
        return unit_rows(aged.matrix @ vectors if is_sparse(vectors) else add_up_rows(aged, vectors))

    def _aged(self, log: Log) -> Log:
        """Let earlier events count less, if wished."""
        if self.half_life_events is None:
            return log
        back = log.indptr[1:][log.owners] - 1 - np.arange(len(log.columns))
        return replace(log, weights=(log.weights * 0.5 ** (back / self.half_life_events)).astype(np.float32))


def _cosines(vectors: Matrix, other: Matrix) -> NDArray[np.float32]:
    """Return the cosine of each row with that of a matrix of one row, all of length 1."""
    cosines = vectors @ other.T
    near: NDArray[np.float32] = (cosines.toarray() if is_sparse(cosines) else cosines)[:, 0]
    return near
