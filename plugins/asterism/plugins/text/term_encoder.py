"""What the encoders of texts by their terms have in common: how a text is cut, and how the rows of counts are scaled."""

from abc import ABC
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import DataError, report_problem

from .terms import TermRule, between_blanks, in_characters
from .word_encoder import WordEncoder

WORDS_ONLY = ("stop_words", "stem", "lemmatize")
"""Fields that mean nothing to terms made of characters."""


class TermEncoder(WordEncoder, ABC):
    """Base of encoders that count terms; the fields mean what they mean in scikit-learn's text vectorizers."""

    ngram_range: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] = (1, 1)
    """Shortest and longest run of words (or characters) that makes a term; (1, 2) takes words and pairs of neighbours."""
    analyzer: Literal["word", "char", "char_wb", "subword"] = "word"
    """What terms are made of: words, characters, or characters within words ("char_wb"; "subword" takes each word whole as well, so that
    forms of a word share most of their terms). Characters suit languages that write no blanks."""
    norm: Literal["l1", "l2"] | None = "l2"
    """Scale each row so that its squares (l2) or its absolute values (l1) add up to one; None leaves it."""

    def _begin_words(self) -> bool:
        self._check_terms()
        return super()._begin_words()

    def _check_terms(self) -> None:
        """Refuse settings that contradict each other."""
        shortest, longest = self.ngram_range
        if shortest > longest:
            raise DataError(f"ngram_range must run from short to long (got {shortest}, {longest})", hint=f"write [{longest}, {shortest}]")
        if self.analyzer in ("word", "subword"):
            return
        for name in WORDS_ONLY:
            if getattr(self, name):
                what = "stop_words are words" if name == "stop_words" else f"{name} is for words"
                raise DataError(f"{what}, the terms of analyzer '{self.analyzer}' are not", hint=f"leave {name} out")
        if self.tokenizer != "words":
            reason = f"tokenizer '{self.tokenizer}' gives words, the terms of analyzer '{self.analyzer}' are none"
            raise DataError(reason, hint="leave one of the two out")

    def _rule(self) -> TermRule:
        self._check_terms()
        shortest, longest = self.ngram_range
        cutters = {"char": in_characters, "char_wb": between_blanks}
        cutting = cutters[self.analyzer](self.lowercase) if self.analyzer in cutters else self._cutting()
        return TermRule(cutting, self.analyzer, (shortest, longest))

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
