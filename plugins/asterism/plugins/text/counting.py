"""Counting terms: from texts to a sparse table of how often each text holds each term, in one pass and at the speed of C loops."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

from .terms import Split

TERMS_AT_ONCE = 2**20
"""Terms that are held in a list before they are added up; bounds the memory for a corpus of any length."""
UNKNOWN = -1
"""Code of a term that is in no vocabulary."""


@dataclass(frozen=True)
class Counts:
    """How often each text holds each term: the parts of a CSR matrix whose columns are codes in any order."""

    codes: NDArray[np.int32]
    """Code of each different term of each text, text by text; shape (n,)."""
    times: NDArray[np.float32]
    """How often the text holds it; shape (n,)."""
    lengths: NDArray[np.int64]
    """How many different terms each text holds; shape (n_texts,)."""

    def texts_with(self, n_terms: int) -> NDArray[np.int64]:
        """Count the texts that hold each term: its document frequency. Those of two corpora add."""
        return np.bincount(self.codes, minlength=n_terms)

    def total(self, n_terms: int) -> NDArray[Any]:
        """Count how often each term occurs in all texts."""
        return np.bincount(self.codes, weights=self.times, minlength=n_terms)

    def matrix(self, columns: NDArray[np.int32], width: int) -> Any:
        """Return the CSR matrix, shape (n_texts, `width`): code ``c`` goes to column ``columns[c]``, or nowhere if that is negative."""
        placed = columns[self.codes]
        kept = placed >= 0
        texts = np.repeat(np.arange(len(self.lengths)), self.lengths)[kept]
        return _sorted_csr(placed[kept], self.times[kept], np.bincount(texts, minlength=len(self.lengths)), width)


def count_new(texts: Iterable[str], split: Split) -> tuple[list[str], Counts]:
    """Count every term that occurs; return the terms by code, in the order of their first occurrence, and the counts."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__  # a new term gets the next code
    counts = _count(texts, split, lambda terms: map(vocabulary.__getitem__, terms))
    return list(vocabulary), counts


def count_known(texts: Iterable[str], split: Split, vocabulary: Mapping[str, int]) -> Counts:
    """Count the terms of a vocabulary (term to code) and pass over the others."""
    return _count(texts, split, lambda terms: map(vocabulary.get, terms, repeat(UNKNOWN)))


def _count(texts: Iterable[str], split: Split, encode: Callable[[list[str]], Iterable[int]]) -> Counts:
    parts: list[Counts] = []
    codes: list[int] = []
    ends = [0]
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(
                f"a text is needed, this is a {type(text).__name__}", rows=[row], hint="read the source with the modality 'text'"
            )
        codes.extend(encode(split(text)))
        ends.append(len(codes))
        if len(codes) >= TERMS_AT_ONCE:
            parts.append(_add_up(codes, ends))
            codes, ends = [], [0]
    parts.append(_add_up(codes, ends))
    return Counts(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("codes", "times", "lengths")))


def _add_up(codes: list[int], ends: list[int]) -> Counts:
    every = np.array(codes, np.int32)
    lengths = np.diff(ends)
    known = every != UNKNOWN
    if not known.all():
        lengths = np.diff(np.concatenate([[0], np.cumsum(known)])[ends])
        every = every[known]
    table = _sorted_csr(every, np.ones(len(every), np.float32), lengths, int(every.max(initial=UNKNOWN)) + 1)
    return Counts(table.indices, table.data, np.diff(table.indptr))


def _sorted_csr(columns: NDArray[np.int32], values: NDArray[np.float32], lengths: NDArray[Any], width: int) -> Any:
    """Build a CSR matrix with sorted columns, equal ones of a row added up."""
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum(lengths)])
    # There and back: the two conversions are counting sorts, faster than sorting every row.
    table = csr_matrix((values, columns, ends), shape=(len(lengths), width)).tocsc().tocsr()
    table.sum_duplicates()
    return table
