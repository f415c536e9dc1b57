"""Counting terms: from texts to a sparse table of how often each text holds each term, in one pass and at the speed of C loops."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

from .runs import Level, Numbers, Terms, find_runs, unite
from .terms import Cutting, TermRule

CHARACTERS_AT_ONCE = 2**22
"""Characters of the texts that are cut before their terms are added up; bounds the memory for a corpus of any length."""
BULK = 2**12
"""Characters from which on texts are cut all at once; a few are sooner cut one by one."""


@dataclass(frozen=True)
class Part:
    """Consecutive texts of a corpus."""

    table: Any
    """How often each text holds each term: float32 CSC."""
    codes: NDArray[np.int64]
    """Code of the term in each column."""


@dataclass(frozen=True)
class Counts:
    """How often each text of a corpus holds each term."""

    terms: Terms
    parts: list[Part]

    @cached_property
    def n_texts(self) -> int:
        """How many texts there are."""
        return sum(part.table.shape[0] for part in self.parts)

    @cached_property
    def texts_with(self) -> NDArray[np.int64]:
        """How many texts hold each term, its document frequency: shape (n_terms,)."""
        return self._sum(lambda table: np.diff(table.indptr))

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """How often each term occurs in all texts: shape (n_terms,)."""
        return self._sum(_column_sums)

    def _sum(self, column_sums: Callable[[Any], Numbers]) -> NDArray[np.int64]:
        total = np.zeros(len(self.terms), np.int64)
        for part in self.parts:
            total[part.codes] += column_sums(part.table).astype(np.int64)
        return total

    def matrix(self, columns: NDArray[np.int64], width: int, factors: NDArray[np.float32] | None = None) -> Any:
        """Return a float32 CSR matrix, shape (n_texts, `width`): code ``c`` goes to column ``columns[c]``, or nowhere if it is negative.

        Terms of one column are added up, each times its factor, where there are any.
        """
        from scipy.sparse import vstack

        placed = [_place(part.table, columns[part.codes], width, None if factors is None else factors[part.codes]) for part in self.parts]
        return placed[0] if len(placed) == 1 else vstack(placed, format="csr")


def _column_sums(table: Any) -> NDArray[np.float64]:
    before = np.concatenate([[0.0], np.cumsum(table.data, dtype=np.float64)])
    return np.diff(before[table.indptr])


def _place(table: Any, columns: NDArray[np.int64], width: int, factors: NDArray[np.float32] | None) -> Any:
    from scipy.sparse import csr_matrix

    order = np.argsort(columns)
    order = order[np.searchsorted(columns[order], 0) :]
    rows = table[:, order].tocsr()  # a counting sort, which leaves each row in the order of the columns
    if factors is None and len(order) == width:  # every column has its term
        return rows
    values = rows.data if factors is None else rows.data * factors[order][rows.indices]
    placed = csr_matrix((values, columns[order].astype(np.int32)[rows.indices], rows.indptr), shape=(table.shape[0], width))
    placed.has_sorted_indices = True
    if factors is not None:  # otherwise every term has a column of its own
        placed.sum_duplicates()
    return placed


def count_terms(texts: Iterable[str], rule: TermRule) -> Counts:
    """Count every term of every text."""
    if rule.is_within_words:
        return _count_runs_in_words(texts, rule)
    codes = Codes(rule.cutting)
    tables, levels, n_units = list[Any](), list[list[Level]](), list[int]()
    for part in in_parts(texts):
        table, found = _count_part(part, codes, rule.ngram_range)
        tables.append(table)
        levels.append(found)
        n_units.append(len(codes.names))
    united, columns = unite(levels, n_units)
    terms = Terms(list(codes.names), united, rule.joiner)
    parts = [Part(*pair) for pair in zip(tables, columns, strict=True)]
    return _by_name(terms, parts) if terms.needs_names() else Counts(terms, parts)


def _count_part(texts: list[str], codes: "Codes", ngram_range: tuple[int, int]) -> tuple[Any, list[Level]]:
    units, rows = codes.of(texts)
    found = find_runs(units, rows, len(codes.names), ngram_range)
    width = len(codes.names) + sum(len(level.lasts) for level in found.levels)
    return _add_up(found.rows, found.codes, (len(texts), width)), found.levels


def _by_name(terms: Terms, parts: list[Part]) -> Counts:
    """Take runs of one name for the same term."""
    codes: dict[str, int] = {}
    names = terms.names(np.arange(len(terms)))
    same = np.array([codes.setdefault(name, len(codes)) for name in names], np.int64)
    merged = []
    for part in parts:
        table = part.table.tocoo()
        columns = same[part.codes][table.col]
        merged.append(Part(_add_up(table.row, columns, (table.shape[0], len(codes)), table.data), np.arange(len(codes))))
    return Counts(Terms(list(codes), [], ""), merged)


def _count_runs_in_words(texts: Iterable[str], rule: TermRule) -> Counts:
    """Count the runs of characters within words: those of a word once, times how often it occurs."""
    words, runs, parts = Codes(rule.cutting), TermsInWords(rule), list[Part]()
    for part in in_parts(texts):
        table, _ = _count_part(part, words, (1, 1))
        counts = table @ runs.of(list(words.names))
        parts.append(Part(counts, np.arange(counts.shape[1])))
    return Counts(Terms(list(runs.names), [], ""), parts)


class TermsInWords:
    """Which terms each word of a growing list has within."""

    def __init__(self, rule: TermRule) -> None:
        self.rule = rule
        self.names: dict[str, int] = {}
        self.rows, self.columns, self.n_words = array("i"), array("i"), 0

    def of(self, words: list[str]) -> Any:
        """Return how often each word has each term, CSC of shape (n_words, n_terms); `words` are those of the last call and more."""
        for number in range(self.n_words, len(words)):
            found = [self.names.setdefault(term, len(self.names)) for term in self.rule.terms_in(words[number])]
            self.columns.extend(found)
            self.rows.extend([number] * len(found))
        self.n_words = len(words)
        return _add_up(np.array(self.rows, np.int32), np.array(self.columns, np.int32), (len(words), len(self.names)))


class Codes(dict[str, int]):
    """The code of the form in which each word counts, by the word as it was cut; -1 for what does not count."""

    def __init__(self, cutting: Cutting) -> None:
        super().__init__()
        self.cutting = cutting
        self.names: dict[str, int] = {}
        """The forms, in the order of their codes."""

    def __missing__(self, word: str) -> int:
        form = self.cutting.form(word)
        self[word] = code = -1 if form is None else self.names.setdefault(form, len(self.names))
        return code

    def of(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the codes of the units of texts that count, and the text that each is in."""
        is_small = self.cutting.in_bulk is None or sum(map(len, texts)) < BULK
        codes, lengths = self._one_by_one(texts) if is_small else self._in_bulk(texts)
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        counts = codes >= 0
        return (codes, rows) if counts.all() else (codes[counts], rows[counts])

    def _one_by_one(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        codes, ends, cut = array("i"), [0], self.cutting.cut
        for text in texts:
            codes.extend(map(self.__getitem__, cut(text)))
            ends.append(len(codes))
        return np.array(codes, np.int32), np.diff(ends)

    def _in_bulk(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        names, codes, lengths = self.cutting.in_bulk(texts)  # type: ignore[misc]  # asked by `of`
        new = [name for name in names if name not in self] if self else names
        known, next_code = self.names, self.names.setdefault
        forms = map(self.cutting.form, new)
        new_codes = [-1 if form is None else next_code(form, len(known)) for form in forms]
        self.update(zip(new, new_codes, strict=True))
        places = new_codes if len(new) == len(names) else list(map(self.__getitem__, names))
        return np.array(places, np.int32)[codes], lengths


def in_parts(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the texts some at a time, one list at the least; `DataError` where one is no text."""
    part, size = list[str](), 0
    for text in only_texts(texts):
        part.append(text)
        size += len(text)
        if size >= CHARACTERS_AT_ONCE:
            yield part
            part, size = [], 0
    yield part


def only_texts(items: Iterable[Any]) -> Iterator[str]:
    """Yield the items; `DataError` at the first that is no text."""
    for row, item in enumerate(items):
        if not isinstance(item, str):
            hint = "read the source with the modality 'text'"
            raise DataError(f"a text is needed, this is a {type(item).__name__}", rows=[row], hint=hint)
        yield item


def _add_up(rows: Numbers, columns: Numbers, shape: tuple[int, int], values: Numbers | None = None) -> Any:
    """Build a CSC matrix from entries in the order of the rows, equal ones added up."""
    from scipy.sparse import coo_matrix

    ones = np.ones(len(rows), np.float32) if values is None else values
    return coo_matrix((ones, (rows, columns)), shape=shape).tocsc()
