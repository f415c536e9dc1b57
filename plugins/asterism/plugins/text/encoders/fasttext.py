"""The encoder `fasttext`: words by the company that they and the runs of characters in them keep, so that unknown words have vectors."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.word_codes import CodedTexts

from ..sampled_vectors import SampledVectors


class FastText(SampledVectors):
    """Learn vectors for words and for the runs of characters in them; a word is the mean of its own and theirs, a text that of its words.

    Gives a float32 matrix of shape (n_texts, vector_size). A word that did not occur is the mean of its runs that did, so only a
    text without any such run gets a row of zeros and is reported. A core of its own, needing numba; one thread, so that a seed
    always gives the same numbers. The order of the training texts matters, as in any descent.

    Learns `words_`, `counts_`, `vectors_` and `component_` as `word2vec` does, `buckets_` (n_buckets,), the numbers of the buckets that
    hold a run, in order, and `bucket_vectors_` (n_buckets, vector_size). Takes several times as long as `word2vec`.

    Raises `DataError` where an item is no text, no word is left by `min_count`, or no text holds two words.

    Bojanowski et al., "Enriching word vectors with subword information", TACL 5 (2017); hashed as in fastText and gensim.
    """

    min_n: Annotated[int, Ge(1)] = 3
    """Characters of the shortest run; the ends of a word count as one each."""
    max_n: Annotated[int, Ge(1)] = 6
    """Characters of the longest run."""
    bucket: Annotated[int, Ge(1), Le(2**31)] = 2_000_000
    """How many buckets the runs are hashed into; with fewer, more runs share a vector. Only those that hold a run take memory."""

    def _train(self, corpus: CodedTexts) -> NDArray[np.float32]:
        n_words = len(corpus.words)
        starts, buckets = self._runs_of(corpus.words)
        found, places = np.unique(buckets, return_inverse=True)
        # The word itself is the first of its pieces.
        rows = np.insert(places + n_words, starts[:-1], np.arange(n_words))
        starts = starts + np.arange(n_words + 1)
        vectors = self._learn(corpus, starts, rows, n_words + len(found))
        self.buckets_, self.bucket_vectors_ = found, vectors[n_words:].copy()
        return _means(starts, rows, vectors)

    def _runs_of(self, words: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        # Imported here because it loads numba.
        from ..subwords import buckets_of

        if self.min_n > self.max_n:
            raise DataError(f"runs must go from short to long (got min_n={self.min_n}, max_n={self.max_n})", hint="swap the two")
        return buckets_of(words, self.min_n, self.max_n, self.bucket)

    def _compose(self, words: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        starts, buckets = self._runs_of(words)
        places = np.minimum(np.searchsorted(self.buckets_, buckets), len(self.buckets_) - 1)
        known = self.buckets_[places] == buckets if len(self.buckets_) else np.zeros(len(buckets), np.bool_)
        starts = np.concatenate([[0], np.cumsum(known)])[starts]
        return _means(starts, places[known], self.bucket_vectors_), np.diff(starts) > 0


def _means(starts: NDArray[np.int64], rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average some rows of `vectors` for each word; zeros where there are none."""
    from scipy.sparse import csr_matrix

    lengths = np.diff(starts)
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
    means: NDArray[np.float32] = csr_matrix((shares, rows, starts), shape=(len(lengths), len(vectors))) @ vectors
    return means
