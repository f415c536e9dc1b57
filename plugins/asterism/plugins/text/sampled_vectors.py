"""What `word2vec` and `fasttext` have in common: the fields of learning by telling a word from words drawn at random."""

from abc import ABC
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.plugins.word_codes import CodedTexts

from .word_vectors import WordVectors


class SampledVectors(WordVectors, ABC):
    """Base of encoders that learn by negative sampling; the fields mean what they mean in gensim, where those have their usual names."""

    algorithm: Literal["skip-gram", "cbow"] = "skip-gram"
    """What is told from what: a word from each of its neighbours ("skip-gram"), or from the mean of all of them ("cbow"), which is
    faster and, in a small corpus, not as good."""
    negative: Annotated[int, Ge(1)] = 5
    """How many words drawn at random a word is told from at each place."""
    sample: Annotated[float, Ge(0)] = 1e-3
    """Pass over a word the more often the further its share of the corpus is above this; 0 passes over none."""
    alpha: Annotated[float, Gt(0)] = 0.025
    """How fast to learn at the beginning."""
    min_alpha: Annotated[float, Ge(0)] = 0.0001
    """How fast to learn at the end; it falls in a straight line."""
    epochs: Annotated[int, Ge(1)] = 5
    """How often to go through all texts; a small corpus takes more."""

    def _learn(self, corpus: CodedTexts, starts: NDArray[np.int64], rows: NDArray[np.int64], n_pieces: int) -> NDArray[np.float32]:
        """Train a vector for each of the pieces that words are made of: the pieces of word ``w`` are ``rows[starts[w]:starts[w + 1]]``."""
        # Imported here because it loads numba.
        from asterism.plugins.sampling_rounds import Pieces, Sampling, learn_pieces

        how = Sampling(self.window, self.negative, self.algorithm == "skip-gram", self.sample, self.alpha, self.min_alpha, self.epochs)
        seed = np.random.SeedSequence(self.random_state)
        start = np.random.default_rng(seed).random((n_pieces, self.vector_size), np.float32) * 2 - 1
        vectors = start / np.float32(self.vector_size)
        learn_pieces(corpus, Pieces(starts, rows), vectors, how, seed)
        return vectors
