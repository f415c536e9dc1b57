"""Hashed terms: a text as the words it holds, each in the column that its hash names, so that there is nothing to learn."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import Matrix

from ..counting import count_terms
from ..term_encoder import TermEncoder, report_empty_rows

HASHES_KEPT = 2**16
"""Words whose hashes are remembered between calls, some MiB; frequent ones, which make up most of any text, are soon among them."""


class Hashing(TermEncoder):
    """Count the terms of each text in columns that their hashes name, and scale the rows to one length.

    Gives a float32 CSR matrix of shape (n_texts, n_features): the numbers of scikit-learn's `HashingVectorizer` with the same
    settings. No vocabulary is kept, so a text is encoded without having seen any other, and a column has no name; two terms may share
    one. A text without any term gets a row of zeros and is reported.

    Raises `DataError` where an item is no text.

    Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009; the hash is MurmurHash3 (Appleby, 2008).
    """

    n_features: Annotated[int, Ge(1), Le(2**30)] = 2**18
    """How many columns; with fewer, more terms share one."""
    alternate_sign: bool = True
    """Let half of the terms, by their hash, count as -1, so that terms that share a column cancel out on average."""

    def transform(self, records: Iterable[str]) -> Matrix:
        counts = count_terms(records, self._rule())
        names = counts.terms.names(np.arange(len(counts.terms)))
        # Words come again with the next batch, so that a look-up pays; runs of them seldom do.
        is_word = self.analyzer == "word" and self.ngram_range[1] == 1
        columns, signs = self._place(np.array(list(map(_hashes.__getitem__, names)) if is_word else hash_all(names), np.int64))
        table = counts.matrix(columns, self.n_features, signs)
        report_empty_rows(table, "rows of zeros, because the text holds no term")
        self._scale(table)
        return table

    def _place(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the column of each term, and what one of it counts."""
        signs = np.ones(len(hashes), np.float32)
        if self.alternate_sign:
            signs[hashes < 0] = -1
        return np.abs(hashes) % self.n_features, signs


class Hashes(dict[str, int]):
    """The hash of each word, worked out where it is asked for the first time."""

    def __missing__(self, word: str) -> int:
        if len(self) >= HASHES_KEPT:
            self.clear()
        self[word] = number = hash_all([word])[0]
        return number


_hashes = Hashes()


def hash_all(terms: list[str]) -> list[int]:
    """Return the hash of each term."""
    from sklearn.utils import murmurhash3_32

    try:
        return list(map(murmurhash3_32, terms))
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8; one broken sign must not cost the text
        return [murmurhash3_32(term.encode("utf-8", "surrogatepass")) for term in terms]
