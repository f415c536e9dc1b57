"""Texts as numbers: which words a corpus has, and each text as the places of its words among them."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError


@dataclass(frozen=True)
class CodedTexts:
    """A corpus without the words that are too rare; four bytes for each word of it."""

    words: list[str]
    """The words by code, the most frequent first, equally frequent ones by alphabet: whatever the order of the texts."""
    counts: NDArray[np.int64]
    """How often each occurs, shape (n_words,)."""
    codes: NDArray[np.int32]
    """Code of each word of each text, text by text."""
    ends: NDArray[np.int64]
    """Where each text ends among the codes, shape (n_texts,)."""

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of each word in all of them."""
        shares: NDArray[np.float64] = self.counts / self.counts.sum()
        return shares


def code_texts(texts: Iterable[list[str]], min_count: int) -> CodedTexts:
    """Code the texts by the words that occur `min_count` times or more; `DataError` where no two of those stand in one text."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__  # a new word gets the next code
    found, ends = array("i"), array("q")
    for words in texts:
        found.extend(map(vocabulary.__getitem__, words))
        ends.append(len(found))
    codes = np.frombuffer(found, np.int32) if found else np.zeros(0, np.int32)
    counts = np.bincount(codes, minlength=len(vocabulary))
    words = list(vocabulary)
    order = _most_frequent_first(words, counts, min_count)
    place = np.full(len(words), -1, np.int32)
    place[order] = np.arange(len(order))
    return _require_neighbours(_without_rare([words[code] for code in order], counts[order], place[codes], np.array(ends, np.int64)))


def _most_frequent_first(words: list[str], counts: NDArray[np.int64], min_count: int) -> NDArray[np.int64]:
    """Return the codes of the words that are frequent enough, in order."""
    if not words:
        raise DataError("the texts hold no word at all", hint="look at the texts, at stop_words and at token_pattern")
    kept = np.flatnonzero(counts >= min_count).tolist()
    if not kept:
        raise DataError(
            f"none of the {len(words)} words occurs min_count={min_count} times",
            hint=f"lower min_count: {_what_is_left(counts)}",
        )
    return np.array(sorted(kept, key=lambda code: (-counts[code], words[code])), np.int64)


def _what_is_left(counts: NDArray[np.int64]) -> str:
    """Say what the highest bound that leaves any word would leave, and one between that and 1."""
    most = int(counts.max())
    bounds = sorted({most, (most + 1) // 2, 1}, reverse=True)
    return ", ".join(f"{bound} leaves {int((counts >= bound).sum())}" for bound in bounds)


def _without_rare(words: list[str], counts: NDArray[np.int64], codes: NDArray[np.int32], ends: NDArray[np.int64]) -> CodedTexts:
    known = codes >= 0
    return CodedTexts(words, counts, codes[known], np.concatenate([[0], np.cumsum(known)])[ends])


def _require_neighbours(corpus: CodedTexts) -> CodedTexts:
    if np.diff(corpus.ends, prepend=0).max() < 2:
        raise DataError(
            f"no text holds two of the {len(corpus.words)} known words, and a word is learned from those beside it",
            hint="pass longer texts, or lower min_count",
        )
    return corpus
