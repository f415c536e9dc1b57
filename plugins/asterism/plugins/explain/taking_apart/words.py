"""Texts as words: without a word a text stands without it wherever it stood."""

import re

import numpy as np
from numpy.typing import NDArray

from ..explanation import Part
from .apart import Apart

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""A run of letters, digits and underscores; of scripts that are written without spaces, one character."""
MOST_WORDS = 200
"""A text of more different words is cut into so many runs of words."""
NAMED = 3
"""Words of a run that stand in its name."""


def take_apart(text: str, n_parts: int | None = None) -> Apart:
    """Take a text apart into its different words, whatever their case; or, where there are more than `n_parts`, into runs of words."""
    found = list(WORD.finditer(text))
    keys = [match.group().casefold() for match in found]
    different = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    most = n_parts or MOST_WORDS
    if len(different) <= most:
        first = dict(zip(reversed(keys), (match.group() for match in reversed(found)), strict=True))
        names, owners = [first[key] for key in different], [different[key] for key in keys]
    else:
        names, owners = _runs([match.group() for match in found], most)
    pieces = _Pieces(text, [match.span() for match in found], np.array(owners, np.int64))
    return Apart([Part(name, 0.0) for name in names], pieces.keeping, "words", may_be_idle=True)


def _runs(words: list[str], most: int) -> tuple[list[str], list[int]]:
    """Cut words into at most `most` runs of one length; return the names of these, and the run of each word."""
    length = -(-len(words) // most)
    names = [f"{' '.join(words[start : start + NAMED])} ..." for start in range(0, len(words), length)]
    return names, [place // length for place in range(len(words))]


class _Pieces:
    """A text as words and what stands between them."""

    def __init__(self, text: str, spans: list[tuple[int, int]], owners: NDArray[np.int64]) -> None:
        ends = [0, *(end for _, end in spans)]
        self.between = [text[end:begin] for end, (begin, _) in zip(ends, spans, strict=False)] + [text[ends[-1] :]]
        self.words, self.owners = [text[begin:end] for begin, end in spans], owners

    def keeping(self, mask: NDArray[np.bool_]) -> str:
        kept = mask[self.owners].tolist() if len(self.owners) else []
        pairs = zip(self.between, self.words, kept, strict=False)
        return "".join([gap + word if keep else gap for gap, word, keep in pairs]) + self.between[-1]
