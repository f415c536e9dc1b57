"""A few texts, term by term, for a host that asks for one text at a time: less work than to set out for many at once."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .counting import only_texts
from .terms import TermRule

FEW = 2**17
"""Texts of fewer characters in all are few."""
CODES_KEPT = 2**16
"""Words whose codes are remembered between calls, some MiB; frequent ones, which make up most of any text, are soon among them."""
UNKNOWN = -(2**40)
"""Code of a term that does not count; no hash of 32 bits is equal to it."""

Code = Callable[[str], int]
Codes = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The codes of the terms that count, text by text, and how many each text has."""


def few_or_many(texts: Iterable[str]) -> tuple[bool, Iterable[str]]:
    """Tell whether the texts are few, and return them all."""
    rest, begin, size = iter(texts), list[str](), 0
    for text in rest:
        begin.append(text)
        size += len(text) if isinstance(text, str) else 0
        if size >= FEW:
            return False, chain(begin, rest)
    return True, begin


class CodesOfUnits(dict[str, int]):
    """The code of each word as it was cut, worked out where it is asked for the first time; `UNKNOWN` for what does not count."""

    def __init__(self, rule: TermRule, code: Code) -> None:
        super().__init__()
        self.rule, self.code = rule, code

    def __missing__(self, word: str) -> int:
        if len(self) >= CODES_KEPT:
            self.clear()
        form = self.rule.cutting.form(word)
        self[word] = code = UNKNOWN if form is None else self.code(form)
        return code


def code_few(texts: Iterable[str], known: CodesOfUnits) -> Codes:
    """Code the terms of texts."""
    codes, ends = array("q"), [0]
    for text in only_texts(texts):
        codes.extend(_coded(text, known))
        ends.append(len(codes))
    return _without_unknown(np.array(codes, np.int64), np.array(ends))


def _coded(text: str, known: CodesOfUnits) -> Iterator[int]:
    rule = known.rule
    if not rule.is_within_words and rule.ngram_range[1] == 1:  # the terms are the units, whose codes are remembered
        return map(known.__getitem__, rule.cutting.cut(text))
    return map(known.code, _terms_of(text, rule))


def _terms_of(text: str, rule: TermRule) -> Iterable[str]:
    cut, form, (shortest, longest) = rule.cutting.cut, rule.cutting.form, rule.ngram_range
    units = [kept for unit in cut(text) if (kept := form(unit)) is not None]
    if rule.is_within_words:
        return chain.from_iterable(map(rule.terms_in, units))
    return _runs(units, rule.joiner, range(shortest, longest + 1))


def _runs(units: list[str], joiner: str, sizes: Iterable[int]) -> list[str]:
    runs: list[str] = []
    for size in sizes:
        runs.extend(map(joiner.join, zip(*(units[begin:] for begin in range(size)), strict=False)))
    return runs


def _without_unknown(codes: NDArray[np.int64], ends: NDArray[np.int64]) -> Codes:
    known = codes != UNKNOWN
    if known.all():
        return codes, np.diff(ends)
    return codes[known], np.diff(np.concatenate([[0], np.cumsum(known)])[ends])


def table_of(columns: NDArray[np.int64], values: NDArray[np.float32], lengths: NDArray[np.int64], width: int) -> Any:
    """Build a float32 CSR matrix, text by text, with sorted columns, equal ones of a row added up."""
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum(lengths)])
    table = csr_matrix((values, columns.astype(np.int32), ends), shape=(len(lengths), width))
    table.sum_duplicates()
    return table
