"""Hashed terms: a text as the words it holds, each in the column that its hash names, so that there is nothing to learn."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import Matrix

from ..counting import count_terms
from ..few import CodesOfUnits, code_few, few_or_many, table_of
from ..term_encoder import TermEncoder, report_empty_rows
from ..terms import TermRule


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
        are_few, texts = few_or_many(records)
        table = self._few(texts, rule) if are_few else self._many(texts, rule)
        report_empty_rows(table, "rows of zeros, because the text holds no term")
        self._scale(table)
        return table

    def _few(self, texts: Iterable[str], rule: TermRule) -> Any:
        hashes, lengths = code_few(texts, _kept_hashes(rule))
        columns, signs = self._place(hashes)
        return table_of(columns, signs, lengths, self.n_features)

    def _many(self, texts: Iterable[str], rule: TermRule) -> Any:
        counts = count_terms(texts, rule)
        names = counts.terms.names(np.arange(len(counts.terms)))
        columns, signs = self._place(np.fromiter(map(hasher(), names), np.int64, len(names)))
        return counts.matrix(columns, self.n_features, signs)

    def _place(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the column of each term, and what one of it counts."""
        signs = np.ones(len(hashes), np.float32)
        if self.alternate_sign:
            signs[hashes < 0] = -1
        return np.abs(hashes) % self.n_features, signs


@lru_cache(maxsize=2)  # for two encoders that take turns; more would keep memory that nobody uses
def _kept_hashes(rule: TermRule) -> CodesOfUnits:
    return CodesOfUnits(rule, hasher())


def hasher() -> Callable[[str], int]:
    """Return what gives the hash of a term."""
    from sklearn.utils import murmurhash3_32

    def number(term: str) -> int:
        try:
            return murmurhash3_32(term)  # type: ignore[no-any-return]  # scikit-learn has no types
        except UnicodeEncodeError:  # half of a surrogate pair has no UTF-8; one broken sign must not cost the text
            return murmurhash3_32(term.encode("utf-8", "surrogatepass"))  # type: ignore[no-any-return]  # likewise

    return number
