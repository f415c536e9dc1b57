"""The recommender that learns a vector for each item by the company it keeps, as word2vec does for words."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError

from .factors import FactorScorer, Query
from .logs import Log

COMPANY = 10
"""To each side of an item stand so many others at most that it is told by; it learns from far fewer at a time than a history may hold."""
SLOWEST = 0.004
"""The share of the learning rate that is left at the end, as in word2vec."""


class Item2Vec(FactorScorer):
    """Ranks the items whose vectors point where those of the history point, the vectors learned by skip-gram with negative sampling.

    A history is a sentence, its items are the words: an item is told from items drawn at random by each of those beside it, up to `window`
    places away. The vector of a history is the mean of the vectors of its items, all brought to length 1; the score of an item is the
    cosine with it. Weights play no part; they must be above 0. A core of its own, shared with `word2vec`, needing numba; one thread, so that
    a seed always gives the same numbers.

    Beside what every recommender of this family learns, `item_factors_` holds the vectors of the items, of length 1, float32 of shape
    (n_items, n_factors).

    Raises `DataError` where no history holds two events.

    Barkan and Koenigstein, "Item2vec: neural item embedding for collaborative filtering", MLSP 2016.
    """

    n_factors: Annotated[int, Ge(1)] = 128
    """Length of the vectors."""
    window: Annotated[int, Ge(1)] | None = None
    """How far to each side of an item its company reaches, at most, so that order tells something; left out, the whole history is company, by
    which a new order is drawn in each epoch."""
    n_negatives: Annotated[int, Ge(1)] = 5
    """How many items drawn at random an item is told from at each place."""
    sample: Annotated[float, Ge(0)] = 1e-3
    """Pass over an item the more often the further its share of the events is above this; 0 passes over none."""
    epochs: Annotated[int, Ge(1)] = 30
    """How often to go through all histories; few of them take more."""
    learning_rate: Annotated[float, Gt(0)] = 0.025
    """How fast to learn at the beginning; it falls in a straight line, to nearly 0."""
    n_last: Annotated[int, Ge(1)] | None = None
    """Only so many of the latest events of a history count in its vector; left out, all."""
    random_state: int = 0
    """Seed of the first vectors, of the places passed over and of the items drawn."""

    def _learn(self, log: Log) -> None:
        if np.diff(log.indptr).max() < 2:
            hint = "recommend by `popular`, which needs one event of each"
            raise DataError("no history holds two events, and an item is learned from those beside it", hint=hint)
        seed = np.random.SeedSequence(self.random_state)
        random = np.random.default_rng(seed)
        vectors = (random.random((len(log.items), self.n_factors), np.float32) * 2 - 1) / np.float32(self.n_factors)
        self._train(log, vectors, random, seed.generate_state(1, np.uint64))
        self.item_factors_ = _unit(vectors)

    def _train(self, log: Log, vectors: NDArray[np.float32], random: np.random.Generator, state: NDArray[np.uint64]) -> None:
        # Imported here because it loads numba.
        from asterism.plugins.sampling_rounds import drawing_table, keep_chances, learn_texts, some_texts

        counts = np.bincount(log.columns, minlength=len(log.items))
        chances = keep_chances(counts / counts.sum(), self.sample), drawing_table(counts / counts.sum())
        itself = np.arange(len(vectors) + 1), np.arange(len(vectors))
        outputs, rule = np.zeros_like(vectors), (self.window or COMPANY, self.n_negatives, True)
        for epoch in range(self.epochs):
            items = log.columns if self.window else _shuffled(log, random)
            for begin, ends, done in some_texts(log.indptr[1:], 1):
                rate = np.float32(self.learning_rate * max(1 - (epoch + done) / self.epochs, SLOWEST))
                learn_texts(items, begin, ends, *chances, *itself, vectors, outputs, *rule, rate, state)

    def _querier(self) -> Query:
        from scipy.sparse import csr_matrix

        def query(histories: Log) -> NDArray[np.float32]:
            kept = np.ones(len(histories.columns), np.float32)
            if self.n_last is not None:
                kept[np.repeat(histories.indptr[1:], np.diff(histories.indptr)) - np.arange(len(kept)) > self.n_last] = 0
            shape = (len(histories), len(self.item_factors_))
            return _unit(csr_matrix((kept, histories.columns, histories.indptr), shape=shape) @ self.item_factors_)

        return query


def _shuffled(log: Log, random: np.random.Generator) -> NDArray[np.int32]:
    """Return the item of each event, in a random order within each history."""
    return log.columns[np.lexsort((random.random(len(log.columns)), log.owners))]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring rows to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit
