"""Cutting a text into terms: words, runs of words, or runs of characters, exactly as scikit-learn's text vectorizers do."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from asterism.framework import DataError

WORD = r"(?u)\b\w\w+\b"
"""A word: two or more letters, digits or underscores."""

# In ASCII text a word is found without a regular expression, several times faster: blank out what no word holds, and split.
_BLANKED = "".join(sign if sign.isalnum() or sign == "_" else " " for sign in map(chr, range(128)))

LONGEST_KEPT = 30
"""Characters of the longest word whose runs are remembered; longer ones seldom come again."""

Split = Callable[[str], list[str]]


@dataclass(frozen=True)
class TermRule:
    """How texts are cut into terms."""

    split: Split
    """Gives the terms of one text, and perhaps some that are none."""
    is_term: Callable[[str], bool]
    """Tells which of them are terms: asked once for each different one, which is cheaper than asking in `split` for each."""


def term_rule(analyzer: str, ngram_range: tuple[int, int], lowercase: bool, token_pattern: str, stop_words: Collection[str]) -> TermRule:
    """Make the rule from the fields of an encoder, which mean what they mean in scikit-learn."""
    shortest, longest = ngram_range
    if shortest > longest:
        raise DataError(f"ngram_range must run from short to long (got {shortest}, {longest})", hint=f"write [{longest}, {shortest}]")
    if analyzer != "word":
        if stop_words:
            raise DataError(f"stop_words are words, the terms of analyzer '{analyzer}' are not", hint="leave stop_words out")
        runs = {"char": character_runs, "char_wb": character_runs_in_words}[analyzer]
        return TermRule(_lowered(lambda text: runs(text, shortest, longest), lowercase), bool)
    words, is_word = _words(token_pattern, frozenset(stop_words))
    if longest == 1:
        return TermRule(_lowered(words, lowercase), is_word)
    return TermRule(_lowered(lambda text: word_runs([w for w in words(text) if is_word(w)], shortest, longest), lowercase), bool)


def _lowered(split: Split, lowercase: bool) -> Split:
    return (lambda text: split(text.lower())) if lowercase else split


def _words(token_pattern: str, stop_words: frozenset[str]) -> tuple[Split, Callable[[str], bool]]:
    try:
        found = re.compile(token_pattern)
    except re.error as error:
        raise DataError(
            f"token_pattern is no regular expression: {error}", hint="leave it out to take words of two letters or more"
        ) from error
    if found.groups > 1:
        raise DataError(f"token_pattern has {found.groups} groups, one at most can be the word", hint="write (?:...) for the others")
    if token_pattern != WORD:
        return found.findall, lambda word: word not in stop_words
    return (
        lambda text: text.translate(_BLANKED).split() if text.isascii() else found.findall(text),
        lambda word: len(word) > 1 and word not in stop_words,
    )


def word_runs(words: list[str], shortest: int, longest: int) -> list[str]:
    """List the runs of `shortest` to `longest` words, joined by blanks."""
    runs: list[str] = []
    for size in range(shortest, longest + 1):
        runs.extend(map(" ".join, zip(*(words[begin:] for begin in range(size)), strict=False)))
    return runs


def character_runs(text: str, shortest: int, longest: int) -> list[str]:
    """List the runs of `shortest` to `longest` characters; white space of several characters counts as one blank."""
    return _slices(re.sub(r"\s\s+", " ", text), range(shortest, longest + 1))


def character_runs_in_words(text: str, shortest: int, longest: int) -> list[str]:
    """List the runs of characters within words with a blank at either side; a word shorter than a run counts once as it is."""
    runs: list[str] = []
    for word in text.split():
        # A text of one endless word must not be kept.
        runs += (_kept_runs_of if len(word) <= LONGEST_KEPT else _runs_of)(word, shortest, longest)
    return runs


def _runs_of(word: str, shortest: int, longest: int) -> list[str]:
    padded = f" {word} "
    runs = _slices(padded, range(shortest, min(longest, len(padded)) + 1))
    return [*runs, padded] if shortest > len(padded) else runs


_kept_runs_of = lru_cache(maxsize=2**14)(_runs_of)  # words come again and again: looking one up is ten times as fast as cutting it


def _slices(text: str, sizes: Iterable[int]) -> list[str]:
    return [text[begin : begin + size] for size in sizes for begin in range(len(text) - size + 1)]
