"""Hashed terms: a text as the words it holds, each in the column that its hash names, so that there is nothing to learn."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import Matrix

from .counting import UNKNOWN, code_terms, sorted_csr
from .term_encoder import TermEncoder, report_empty_rows
from .terms import TermRule

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
        rule = self._rule()
        # Words come again and again, so that a look-up pays; runs of them seldom do, and those of characters are as soon hashed.
        look_up = self.analyzer == "word" and self.ngram_range[1] == 1
        parts = code_terms(records, rule.split, _kept_hashes(rule).of if look_up else _hash_all)
        counts = _stacked([self._count(*part) for part in parts])
        report_empty_rows(counts, "rows of zeros, because the text holds no term")
        self._scale(counts)
        return counts

    def _count(self, hashes: NDArray[np.int64], lengths: NDArray[Any]) -> Any:
        signs = np.ones(len(hashes), np.float32)
        if self.alternate_sign:
            signs[hashes < 0] = -1
        return sorted_csr((np.abs(hashes) % self.n_features).astype(np.int32), signs, lengths, self.n_features)


class Hashes(dict[str, int]):
    """The hash of each word, worked out where it is asked for the first time; `UNKNOWN` for what is no word."""

    def __init__(self, rule: TermRule) -> None:
        super().__init__()
        self.rule = rule

    def of(self, words: list[str]) -> Iterable[int]:
        """Look up words."""
        return map(self.__getitem__, words)

    def __missing__(self, word: str) -> int:
        if len(self) >= HASHES_KEPT:
            self.clear()
        self[word] = number = _hash_all([word])[0] if self.rule.is_term(word) else UNKNOWN
        return number


_kept_hashes = lru_cache(maxsize=2)(Hashes)  # for two encoders that take turns; more would keep memory that nobody uses


def _hash_all(terms: list[str]) -> list[int]:
    from sklearn.utils import murmurhash3_32

    try:
        return list(map(murmurhash3_32, terms))
    except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8; one broken sign must not cost the text
        return [murmurhash3_32(term.encode("utf-8", "surrogatepass")) for term in terms]


def _stacked(tables: list[Any]) -> Any:
    from scipy.sparse import vstack

    return tables[0] if len(tables) == 1 else vstack(tables, format="csr")
