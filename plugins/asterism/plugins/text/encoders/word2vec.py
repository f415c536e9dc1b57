"""The encoder `word2vec`: words by the company they keep, and a text by its words."""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.word_codes import CodedTexts

from ..sampled_vectors import SampledVectors


class Word2Vec(SampledVectors):
    """Learn a vector for each word so that words with like neighbours lie near each other, and average them over a text.

    Gives a float32 matrix of shape (n_texts, vector_size). A text without a known word gets a row of zeros and is reported. A core of
    its own, needing numba, of gensim's quality at equal settings and faster; one thread, so that a seed always gives the same
    numbers. The order of the training texts matters, as in any descent.

    Learns `words_`, `counts_`, `vectors_` and `component_`. A text is one row of neighbours: none reaches over its end. The fit holds
    four bytes for each word of the corpus, not the texts.

    Raises `DataError` where an item is no text, no word is left by `min_count`, or no text holds two words.

    Mikolov et al., "Distributed representations of words and phrases and their compositionality", NIPS 2013; texts by Arora, Liang and
    Ma, "A simple but tough-to-beat baseline for sentence embeddings", ICLR 2017.
    """

    def _train(self, corpus: CodedTexts) -> NDArray[np.float32]:
        n_words = len(corpus.words)
        return self._learn(corpus, np.arange(n_words + 1), np.arange(n_words), n_words)
