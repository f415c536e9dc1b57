"""What the encoders of texts by their terms have in common: how a text is cut, and how the rows of counts are scaled."""

from abc import ABC
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Encoder, report_problem

from .terms import WORD, TermRule, term_rule

_kept_rule = lru_cache(maxsize=8)(term_rule)  # one object for equal fields, by which what was worked out for it can be found again


class TermEncoder(Encoder, ABC):
    """Base of encoders that count terms; the fields mean what they mean in scikit-learn's text vectorizers."""

    reads: ClassVar[frozenset[str]] = frozenset({"text"})

    ngram_range: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] = (1, 1)
    """Shortest and longest run of words (or characters) that makes a term; (1, 2) takes words and pairs of neighbours."""
    stop_words: Literal["english"] | tuple[str, ...] | None = None
    """Words to leave out: scikit-learn's list of English ones, or your own, in lower case."""
    analyzer: Literal["word", "char", "char_wb"] = "word"
    """What terms are made of: words, characters, or characters within words. Characters suit languages that write no blanks."""
    lowercase: bool = True
    """Take upper and lower case for the same."""
    token_pattern: str = WORD
    """Regular expression of a word; by default two or more letters, digits or underscores."""
    norm: Literal["l1", "l2"] | None = "l2"
    """Scale each row so that its squares (l2) or its absolute values (l1) add up to one; None leaves it."""

    def _rule(self) -> TermRule:
        return _kept_rule(self.analyzer, tuple(self.ngram_range), self.lowercase, self.token_pattern, self._stop_words())

    def _stop_words(self) -> frozenset[str]:
        if self.stop_words != "english":
            return frozenset(self.stop_words or ())
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return ENGLISH_STOP_WORDS  # type: ignore[no-any-return]  # scikit-learn has no types

    def _scale(self, counts: Any) -> None:
        """Bring the rows of a CSR matrix to one length, in place."""
        if self.norm:
            _normalize(counts.data, np.diff(counts.indptr), self.norm)


def report_empty_rows(counts: Any, message: str) -> None:
    """Say which rows of a CSR matrix hold nothing, if there are such."""
    if empty := np.flatnonzero(np.diff(counts.indptr) == 0).tolist():
        report_problem(message, rows=empty)


def _normalize(weights: NDArray[np.float32], lengths: NDArray[Any], norm: str) -> None:
    """Divide each row by its norm in place; sums are in float64 and in order, so a row does not depend on its neighbours."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    totals = np.bincount(rows, weights=np.square(weights) if norm == "l2" else np.abs(weights), minlength=len(lengths))
    scale = np.sqrt(totals) if norm == "l2" else totals
    scale[scale == 0] = 1  # a row whose numbers are all zero stays as it is
    weights /= scale[rows]
