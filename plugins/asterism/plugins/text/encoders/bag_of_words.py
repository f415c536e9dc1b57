"""Bag of words: a text as how often it holds each term."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix

from ..vocabulary_encoder import Corpus, VocabularyEncoder


class BagOfWords(VocabularyEncoder):
    """Count the terms of each text.

    Gives a float32 CSR matrix of shape (n_texts, n_terms), whose columns are the terms in alphabetical order: the numbers of
    scikit-learn's `CountVectorizer` with the same settings. A text without any known term gets a row of zeros and is reported.

    By sums, the fit is one round over the texts (two with tokenizer "subwords") and learns the same bit for bit. It keeps a number or two
    for every different term, also those that `max_features`, `min_df` and `max_df` leave out, because only the last text tells which
    those are.

    Raises `DataError` where there is no term at all, none is left by `min_df` and `max_df`, or an item is no text.

    Harris, "Distributional structure", Word 10 (1954).
    """

    binary: bool = False
    """Give 1 for a term however often the text holds it."""
    norm: Literal["l1", "l2"] | None = None
    """Scale each row so that its squares (l2) or its absolute values (l1) add up to one; None leaves the counts."""

    def _times(self, corpus: Corpus) -> NDArray[np.int64]:
        return corpus.texts_with if self.binary else corpus.times

    def _encoded(self, counts: Any) -> Matrix:
        self._report_empty_rows(counts)
        if self.binary:
            counts.data.fill(1)
        self._scale(counts)
        return counts
