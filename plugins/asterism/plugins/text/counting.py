"""Counting terms: from texts to a sparse table of how often each text holds each term, in one pass and at the speed of C loops."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

from .terms import Split

TERMS_AT_ONCE = 2**20
"""Terms that are held in a list before they are added up; bounds the memory for a corpus of any length."""
Encode = Callable[[list[str]], Iterable[int]]
"""Gives the code of each term."""
UNKNOWN = -(2**40)
"""Code of a term that does not count; no hash of 32 bits is equal to it."""


@dataclass(frozen=True)
class Frequencies:
    """How common each term is in a corpus; those of two corpora add."""

    terms: list[str]
    """The terms by code, in any order."""
    texts_with: NDArray[np.int64]
    """How many texts hold each: its document frequency; shape (n_terms,)."""
    times: NDArray[np.int64]
    """How often each occurs in all texts; shape (n_terms,)."""
    n_texts: int
    """How many texts there are."""


@dataclass(frozen=True)
class Counts:
    """How often each text holds each term: the parts of a CSR matrix whose columns are codes in any order."""

    codes: NDArray[np.int32]
    """Code of each different term of each text, text by text; shape (n,)."""
    times: NDArray[np.float32]
    """How often the text holds it; shape (n,)."""
    lengths: NDArray[np.int64]
    """How many different terms each text holds; shape (n_texts,)."""

    def frequencies(self, terms: list[str]) -> Frequencies:
        """Sum over the texts; `terms` by code."""
        texts_with, times = (np.bincount(self.codes, weights, len(terms)).astype(np.int64) for weights in (None, self.times))
        return Frequencies(terms, texts_with, times, len(self.lengths))

    def matrix(self, columns: NDArray[np.int32], width: int) -> Any:
        """Return the CSR matrix, shape (n_texts, `width`): code ``c`` goes to column ``columns[c]``, or nowhere if that is negative."""
        placed = columns[self.codes]
        kept = placed >= 0
        texts = np.repeat(np.arange(len(self.lengths)), self.lengths)[kept]
        return sorted_csr(placed[kept], self.times[kept], np.bincount(texts, minlength=len(self.lengths)), width)


def count_new(texts: Iterable[str], split: Split) -> tuple[list[str], Counts]:
    """Count every term that occurs; return the terms by code, in the order of their first occurrence, and the counts."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__  # a new term gets the next code
    counts = _count(texts, split, lambda terms: map(vocabulary.__getitem__, terms))
    return list(vocabulary), counts


def count_known(texts: Iterable[str], split: Split, vocabulary: Mapping[str, int]) -> Counts:
    """Count the terms of a vocabulary (term to code) and pass over the others."""
    return _count(texts, split, lambda terms: map(vocabulary.get, terms, repeat(UNKNOWN)))


def _count(texts: Iterable[str], split: Split, encode: Encode) -> Counts:
    parts = [_add_up(codes, lengths) for codes, lengths in code_terms(texts, split, encode)]
    return Counts(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("codes", "times", "lengths")))


def code_terms(texts: Iterable[str], split: Split, encode: Encode) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Yield the codes of the terms in their order, unknown ones left out, and how many each text has; in parts, one at the least."""
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
            yield _without_unknown(codes, ends)
            codes, ends = [], [0]
    yield _without_unknown(codes, ends)


def _without_unknown(codes: list[int], ends: list[int]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    every = np.array(codes, np.int64)
    known = every != UNKNOWN
    if known.all():
        return every, np.diff(ends)
    return every[known], np.diff(np.concatenate([[0], np.cumsum(known)])[ends])


def _add_up(codes: NDArray[np.int64], lengths: NDArray[Any]) -> Counts:
    table = sorted_csr(codes.astype(np.int32), np.ones(len(codes), np.float32), lengths, int(codes.max(initial=-1)) + 1)
    return Counts(table.indices, table.data, np.diff(table.indptr))


def sorted_csr(columns: NDArray[np.int32], values: NDArray[np.float32], lengths: NDArray[Any], width: int) -> Any:
    """Build a CSR matrix with sorted columns, equal ones of a row added up."""
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum(lengths)])
    table = csr_matrix((values, columns, ends), shape=(len(lengths), width))
    if len(columns) > width:
        # There and back: the two conversions are counting sorts, faster than sorting every row where there are not many columns.
        table = table.tocsc().tocsr()
    table.sum_duplicates()
    return table
