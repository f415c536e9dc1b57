"""TF-IDF and BM25: a text as the terms it holds, weighted by how rare they are elsewhere."""

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix

from ..vocabulary_encoder import Corpus, VocabularyEncoder


class Tfidf(VocabularyEncoder):
    """Count the terms of each text, weight each by its inverse document frequency, and scale the rows to one length.

    Gives a float32 CSR matrix of shape (n_texts, n_terms), whose columns are the terms in alphabetical order: the numbers of
    scikit-learn's `TfidfVectorizer` with the same settings. A text without any known term gets a row of zeros and is reported.

    With ``weighting="bm25"`` a term that a text holds ``n`` times weighs ``idf * n * (k1 + 1) / (n + k1 * (1 - b + b * length / mean))``,
    where ``length`` is how many known terms the text holds and ``mean`` that of the training texts: repetition counts less and less, and
    in a long text less than in a short one. Its ``idf = ln(1 + (n_texts - texts_with_term + 0.5) / (texts_with_term + 0.5))`` is never
    negative.

    By sums, the fit is one round over the texts (two with tokenizer "subwords") and learns the same bit for bit. It holds no text and no
    count of a text, but a number or two for every different term, also those that `max_features`, `min_df` and `max_df` leave out,
    because only the last text tells which those are: about 150 bytes each.

    Raises `DataError` where there is no term at all, none is left by `min_df` and `max_df`, or an item is no text.

    Spärck Jones, "A statistical interpretation of term specificity and its application in retrieval", Journal of
    Documentation 28 (1972); smoothed as in scikit-learn: ``idf = 1 + ln((1 + n_texts) / (1 + texts_with_term))``. Robertson and Zaragoza,
    "The probabilistic relevance framework: BM25 and beyond", Foundations and Trends in Information Retrieval 3 (2009).
    """

    sublinear_tf: bool = False
    """Count a term that occurs n times as 1 + ln(n), so that repetition weighs less."""
    weighting: Literal["tfidf", "bm25"] = "tfidf"
    """How counts become weights: by rarity alone, or by BM25, which also takes the length of the text into account."""
    k1: Annotated[float, Ge(0)] = 1.2
    """With "bm25": the higher, the more repetition counts; 0 asks only whether a term is there."""
    b: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.75
    """With "bm25": from 0, the length of a text does not matter, to 1, counts are relative to it."""

    def _check_terms(self) -> None:
        super()._check_terms()
        if self.sublinear_tf and self.weighting == "bm25":
            raise DataError("sublinear_tf and bm25 both make repetition weigh less", hint="leave out sublinear_tf, and lower k1 instead")

    def _asks_for_times(self) -> bool:
        return super()._asks_for_times() or self.weighting == "bm25"

    def _learn(self, corpus: Corpus) -> NDArray[np.int64]:
        kept = super()._learn(corpus)
        rarity = _inverse_frequency if self.weighting == "tfidf" else _inverse_odds
        self.idf_ = rarity(corpus.texts_with[kept], corpus.n_texts)
        if self.weighting == "bm25":
            self.mean_length_ = int(corpus.times[kept].sum()) / corpus.n_texts
        return kept

    def _encoded(self, counts: Any) -> Matrix:
        self._report_empty_rows(counts)
        if self.weighting == "bm25":
            self._saturate(counts)
        elif self.sublinear_tf:
            np.log(counts.data, out=counts.data)
            counts.data += 1
        counts.data *= self.idf_[counts.indices]
        self._scale(counts)
        return counts

    def _saturate(self, counts: Any) -> None:
        """Let repetition count less, and in a long text less than in a short one; in place."""
        n_terms = np.diff(counts.indptr)
        rows = np.repeat(np.arange(len(n_terms)), n_terms)
        times = counts.data.astype(np.float64)
        lengths = np.bincount(rows, times, len(n_terms))
        counts.data[:] = times * (self.k1 + 1) / (times + self.k1 * (1 - self.b + self.b * lengths / self.mean_length_)[rows])


def _inverse_frequency(texts_with_term: NDArray[np.int64], n_texts: int) -> NDArray[np.float32]:
    rarity: NDArray[np.float32] = np.float32(n_texts + 1) / (texts_with_term + 1).astype(np.float32)
    return np.log(rarity) + np.float32(1)


def _inverse_odds(texts_with_term: NDArray[np.int64], n_texts: int) -> NDArray[np.float32]:
    odds = (n_texts - texts_with_term + 0.5) / (texts_with_term + 0.5)
    return np.log1p(odds).astype(np.float32)
