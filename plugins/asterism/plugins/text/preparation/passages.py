"""Cutting long documents into passages, at the ends of paragraphs and sentences where there are any."""

import re
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from .scripts import UNSPACED

_WORD = re.compile(rf"[{UNSPACED}][^\w\s]*+|[^\s{UNSPACED}]++")  # a mark or a sign belongs to the character before it
_STOPS = ".!?\u2026\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u17d4\u104b"  # Latin, Chinese, Devanagari, Arabic, Khmer, Burmese
_CLOSING = "\"'\u201d\u2019\u00bb)\\]}\u300d\u300f\uff09"  # quotes and brackets that may stand behind
_SENTENCE_END = re.compile(rf"[{_STOPS}][{_CLOSING}]*\Z")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*+\n")
SIGNS = 6
"""How many characters at the end of a word are looked at."""


def cut(text: str, words: int, overlap: int = 0) -> list[str]:
    """Cut a text into passages of at most `words` words, each beginning with the last `overlap` words of the one before.

    A word is what stands between blanks; where a script puts none between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer), every
    character counts as one. A text that is not longer stays as it is. Otherwise what is left of it is shared evenly among as few passages
    as can hold it, and the next one ends where a paragraph ends that has at least half a share, nearest to a whole one; or else a sentence;
    or else it is one share.
    """
    bounds = array("q", chain.from_iterable(map(re.Match.span, _WORD.finditer(text))))
    if len(bounds) <= 2 * words:
        return [text]
    return [text[bounds[2 * first] : bounds[2 * last - 1]] for first, last in _passages(text, bounds, words, overlap)]


def _passages(text: str, bounds: Sequence[int], words: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Yield the first word of each passage, and the one after its last; `bounds` are begin and end of each word."""
    first, total = 0, len(bounds) // 2
    while total - first > words:
        left = total - first
        n_passages = -(-(left - overlap) // (words - overlap))
        share = -(-(left + (n_passages - 1) * overlap) // n_passages)
        shortest = max(-(-share // 2), overlap + 1)
        ends = sorted(range(first + shortest, first + words + 1), key=partial(_distance, first + share))
        last = _good_end(text, bounds, ends)
        yield first, last
        first = last - overlap
    yield first, total


def _distance(one: int, other: int) -> int:
    return abs(one - other)


def _good_end(text: str, bounds: Sequence[int], ends: Sequence[int]) -> int:
    """Return the first of `ends` (numbers of words) where a paragraph ends, or else a sentence, or else the first of all."""
    if _EMPTY_LINE.search(text, bounds[2 * min(ends) - 1], bounds[2 * max(ends)]):
        paragraphs = (end for end in ends if text.count("\n", bounds[2 * end - 1], bounds[2 * end]) > 1)
        if (paragraph := next(paragraphs, None)) is not None:
            return paragraph
    return next((end for end in ends if _ends_sentence(text, bounds[2 * end - 2], bounds[2 * end - 1])), ends[0])


def _ends_sentence(text: str, begin: int, stop: int) -> bool:
    """Tell whether the word from `begin` to `stop` ends a sentence."""
    return not text[stop - 1].isalnum() and _SENTENCE_END.search(text, max(stop - SIGNS, begin), stop) is not None
