"""Cutting a text into terms: words, runs of words, or runs of characters, exactly as scikit-learn's text vectorizers do."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeVar

from asterism.framework import DataError

from .spans import Coded, code_signs, code_spans, is_no_space, is_word_sign

WORD = r"(?u)\b\w\w+\b"
"""A word: two or more letters, digits or underscores."""

# In ASCII text a word is found without a regular expression, several times faster: blank out what no word holds, and split.
_BLANKED = "".join(sign if is_word_sign(sign) else " " for sign in map(chr, range(128)))

Cut = TypeVar("Cut")
LONGEST_KEPT = 30
"""Characters of the longest word whose runs are remembered; longer ones seldom come again."""


@dataclass(frozen=True)
class Cutting:
    """How a text is cut into units: words or characters."""

    cut: Callable[[str], Iterable[str]]
    """Gives the units of one text in their order."""
    form: Callable[[str], str | None]
    """Gives the form in which a unit counts, None where it does not: asked once for each different one, so that it may take its time."""
    in_bulk: Callable[[list[str]], Coded] | None = None
    """Does for many texts at once what `cut` does for one, where there is a faster way."""


@dataclass(frozen=True)
class TermRule:
    """How texts are cut into terms."""

    cutting: Cutting
    analyzer: str = "word"
    ngram_range: tuple[int, int] = (1, 1)

    @property
    def is_within_words(self) -> bool:
        """Tell whether the terms are parts of units, rather than runs of them."""
        return self.analyzer in ("char_wb", "subword")

    def terms_in(self, word: str) -> list[str]:
        """List the terms within a word: its runs of characters, and before them, where it counts too, the word between blanks."""
        return [*([f" {word} "] if self.analyzer == "subword" else ()), *runs_in_word(word, *self.ngram_range)]

    @property
    def joiner(self) -> str:
        """What stands between the units of a term."""
        return " " if self.analyzer == "word" else ""


def in_words(token_pattern: str, lowercase: bool, form: Callable[[str], str | None]) -> Cutting:
    """Cut by a regular expression, by the default one only roughly: `form`, in which a word then counts, must refuse single letters."""
    find = _compiled(token_pattern).findall
    if token_pattern != WORD:
        return Cutting(_lowered(find, lowercase), form)
    return Cutting(
        _lowered(lambda text: text.translate(_BLANKED).split() if text.isascii() else find(text), lowercase),
        form,
        partial(code_spans, lowercase=lowercase, belongs=is_word_sign),
    )


def in_characters(lowercase: bool) -> Cutting:
    """Cut into characters; white space of several characters counts as one blank."""
    squeeze = _lowered(partial(re.compile(r"\s\s+").sub, " "), lowercase)
    return Cutting(squeeze, str, lambda texts: code_signs([squeeze(text) for text in texts]))


def between_blanks(lowercase: bool) -> Cutting:
    """Cut at white space."""
    return Cutting(_lowered(str.split, lowercase), str, partial(code_spans, lowercase=lowercase, belongs=is_no_space))


def _lowered(cut: Callable[[str], Cut], lowercase: bool) -> Callable[[str], Cut]:
    return (lambda text: cut(text.lower())) if lowercase else cut


def _compiled(token_pattern: str) -> re.Pattern[str]:
    try:
        found = re.compile(token_pattern)
    except re.error as error:
        raise DataError(
            f"token_pattern is no regular expression: {error}", hint="leave it out to take words of two letters or more"
        ) from error
    if found.groups > 1:
        raise DataError(f"token_pattern has {found.groups} groups, one at most can be the word", hint="write (?:...) for the others")
    return found


def runs_in_word(word: str, shortest: int, longest: int) -> list[str]:
    """List the runs of characters in a word with a blank at either side; a word shorter than a run counts once as it is."""
    # A text of one endless word must not be kept.
    return (_kept_runs_of if len(word) <= LONGEST_KEPT else _runs_of)(word, shortest, longest)


def _runs_of(word: str, shortest: int, longest: int) -> list[str]:
    padded = f" {word} "
    sizes = range(shortest, min(longest, len(padded)) + 1)
    runs = [padded[begin : begin + size] for size in sizes for begin in range(len(padded) - size + 1)]
    return [*runs, padded] if shortest > len(padded) else runs


_kept_runs_of = lru_cache(maxsize=2**14)(_runs_of)  # words come again and again, with every batch
