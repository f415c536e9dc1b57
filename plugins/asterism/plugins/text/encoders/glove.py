"""The encoder `glove`: words by how often they stand near each other, and a text by its words."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.word_codes import CodedTexts

from ..word_vectors import WordVectors


class GloVe(WordVectors):
    """Fit vectors to the logarithms of how often words stand near each other, and average them over a text.

    Gives a float32 matrix of shape (n_texts, vector_size). A text without a known word gets a row of zeros and is reported. A core of
    its own, needing numba; one thread, so that a seed always gives the same numbers, whatever the order of the training texts.

    Learns `words_`, `counts_`, `vectors_` (the sum of a word's vector and its vector as a neighbour) and `component_`. The fit holds
    four bytes for each word of the corpus, and about fifty for each pair of words that stand near each other.

    Other than in the original, frequent words are passed over as in word2vec, which gives better vectors in a corpus of a million words,
    and AdaGrad keeps one sum of squares for each vector, not for each of its axes, which gives as good ones in a quarter of the time.

    Raises `DataError` where an item is no text, no word is left by `min_count`, or no two words stand near each other.

    Pennington, Socher and Manning, "GloVe: Global vectors for word representation", EMNLP 2014; texts by Arora, Liang and Ma, "A simple
    but tough-to-beat baseline for sentence embeddings", ICLR 2017.
    """

    window: Annotated[int, Ge(1)] = 15
    """How far words stand apart at most that count as near, within one text; d words apart count 1/d."""
    x_max: Annotated[float, Gt(0)] = 10.0
    """From this sum on, all pairs of words weigh the same; below, less. The original's 100 is made for billions of words."""
    alpha: Annotated[float, Gt(0)] = 0.75
    """How a rarer pair weighs: its sum, as a share of `x_max`, to this power."""
    sample: Annotated[float, Ge(0)] = 3e-4
    """Pass over a word the more often the further its share of the corpus is above this; 0 passes over none. A corpus of a hundred
    thousand words or fewer does better with 0.001, as there is little to pass over."""
    learning_rate: Annotated[float, Gt(0)] = 0.1
    """How far vectors move at the beginning."""
    epochs: Annotated[int, Ge(1)] = 15
    """How often to go through all pairs."""

    def _train(self, corpus: CodedTexts) -> NDArray[np.float32]:
        # Imported here because it loads numba.
        from ..glove_rounds import Fitting, count_nearness, fit_vectors

        seed = np.random.SeedSequence(self.random_state)
        near = count_nearness(corpus, self.window, self.sample, seed.generate_state(1, np.uint64)[0])
        if not len(near.columns):
            raise DataError(f"sample={self.sample} leaves no two words near each other", hint="set sample to 0, or pass more texts")
        how = Fitting(self.x_max, self.alpha, self.learning_rate, self.epochs)
        return fit_vectors(near, self.vector_size, how, np.random.default_rng(seed))
