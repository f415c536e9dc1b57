"""The recommender that learns a vector for each item by the company it keeps, as word2vec does for words."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.word_codes import CodedTexts

from .factors import FactorScorer, Query, settled
from .logs import Log

WHOLE = 4
"""A window of so many times the longest history: at nearly all places the number drawn reaches over both of its ends."""
SLOWEST = 0.004
"""The share of the learning rate that is left at the end, as in word2vec."""


class Item2Vec(FactorScorer):
    """Ranks the items whose vectors point where those of the history point, the vectors learned by skip-gram with negative sampling.

    A history is a sentence, its items are the words: an item is told from items drawn at random by each of those beside it, up to `window`
    places away. The vector of a history is the mean of the vectors of its items, all brought to length 1; the score of an item is the
    cosine with it. Weights play no part; they must be above 0. The core is that of `word2vec`, which needs numba and works in one thread,
    so that a seed always gives the same numbers.

    Beside what every recommender of this family learns, `item_factors_` holds the vectors of the items, of length 1, float32 of shape
    (n_items, n_factors).

    Raises `DataError` where no history holds two events, and where the descent runs away.

    Barkan and Koenigstein, "Item2vec: neural item embedding for collaborative filtering", MLSP 2016.
    """

    n_factors: Annotated[int, Ge(1)] = 64
    """Length of the vectors."""
    window: Annotated[int, Ge(1)] | None = None
    """How far to each side of an item its company reaches, at most: at each place up to a number drawn from 1 to this. Left out, nearly all
    of the history is company, whatever its order; the work grows with the square of its length then."""
    n_negatives: Annotated[int, Ge(1)] = 5
    """How many items drawn at random an item is told from at each place."""
    sample: Annotated[float, Ge(0)] = 1e-3
    """Pass over an item the more often the further its share of the events is above this; 0 passes over none."""
    epochs: Annotated[int, Ge(1)] = 20
    """How often to go through all histories; few of them take more."""
    learning_rate: Annotated[float, Gt(0)] = 0.025
    """How fast to learn at the beginning; it falls in a straight line, to nearly 0."""
    n_last: Annotated[int, Ge(1)] | None = None
    """Only so many of the latest events of a history count in its vector; left out, all."""
    random_state: int = 0
    """Seed of the first vectors, of the places passed over and of the items drawn."""

    def _learn(self, log: Log) -> None:
        # Imported here because it loads numba.
        from asterism.plugins.sampling_rounds import Pieces, Sampling, learn_pieces

        longest, n_items = int(np.diff(log.indptr).max()), len(log.items)
        if longest < 2:
            hint = "recommend by `popular`, which needs one event of each"
            raise DataError("no history holds two events, and an item is learned from those beside it", hint=hint)
        window = WHOLE * longest if self.window is None else min(self.window, longest)
        how = Sampling(window, self.n_negatives, True, self.sample, self.learning_rate, SLOWEST * self.learning_rate, self.epochs)
        seed = np.random.SeedSequence(self.random_state)
        vectors = (np.random.default_rng(seed).random((n_items, self.n_factors), np.float32) * 2 - 1) / np.float32(self.n_factors)
        counts = np.bincount(log.columns, minlength=n_items)
        corpus = CodedTexts(log.items, counts, log.columns, log.indptr[1:])
        learn_pieces(corpus, Pieces(np.arange(n_items + 1), np.arange(n_items)), vectors, how, seed)
        self.item_factors_ = _unit(settled(vectors, "lower `learning_rate`"))

    def _querier(self) -> Query:
        from scipy.sparse import csr_matrix

        def query(histories: Log) -> NDArray[np.float32]:
            kept = np.ones(len(histories.columns), np.float32)
            if self.n_last is not None:
                kept[np.repeat(histories.indptr[1:], np.diff(histories.indptr)) - np.arange(len(kept)) > self.n_last] = 0
            shape = (len(histories), len(self.item_factors_))
            return _unit(csr_matrix((kept, histories.columns, histories.indptr), shape=shape) @ self.item_factors_)

        return query


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring rows to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit
