"""How texts are cut into words: the settings of an encoder, checked against each other, and what cuts by them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from asterism.framework import DataError

from . import tokenizing
from .terms import WORD, Cutting, in_words
from .word_forms import lemma_finder, stemmer


@dataclass(frozen=True)
class WordSettings:
    """The fields of a `WordEncoder` that say what a word is, and what it learned of it."""

    tokenizer: str
    lowercase: bool
    token_pattern: str
    stop_words: frozenset[str]
    stem: str | None
    lemmatize: bool
    spacy_pipeline: str
    subwords: str = ""
    """The trained tokenizer as JSON, for "subwords"."""


def check_words(settings: WordSettings) -> None:
    """Refuse settings that contradict each other: `DataError`."""
    name = settings.tokenizer
    if settings.stem and settings.lemmatize:
        raise DataError("a word is stemmed or put into its dictionary form, not both", hint="leave out stem or lemmatize")
    if name != "words" and settings.token_pattern != WORD:
        raise DataError(
            f"token_pattern says what a word is to tokenizer 'words', tokenizer '{name}' decides itself", hint="leave one of the two out"
        )
    if name == "subwords" and (settings.stop_words or settings.stem or settings.lemmatize):
        raise DataError(
            "stop_words, stem and lemmatize are for words, tokenizer 'subwords' gives parts of them",
            hint="leave them out, or the tokenizer",
        )


@lru_cache(maxsize=8)  # one object for equal settings, so that what was loaded for them is loaded once
def word_cutting(settings: WordSettings) -> Cutting:
    """Make what cuts texts by the settings."""
    check_words(settings)
    form = _form_of(settings)
    match settings.tokenizer:
        case "jieba":
            return Cutting(tokenizing.jieba_cut(settings.lowercase), form)
        case "spacy":
            cut = tokenizing.spacy_cut(settings.spacy_pipeline, settings.lowercase, settings.lemmatize, settings.stop_words)
            return Cutting(cut, form)
        case "subwords":
            return Cutting(tokenizing.subword_cut(settings.subwords, settings.lowercase), str)
        case _:
            return in_words(settings.token_pattern, settings.lowercase, form)


def _form_of(settings: WordSettings) -> Callable[[str], str | None]:
    """Make the function that gives the form in which a word counts; stop words leave before they are changed."""
    stop_words, change = settings.stop_words, _change_of(settings)
    if settings.tokenizer == "words":
        shortest = 2 if settings.token_pattern == WORD else 0  # what the fast ways of cutting leave to be asked here
        if change is str:
            return lambda word: word if len(word) >= shortest and word not in stop_words else None
        return lambda word: change(word) if len(word) >= shortest and word not in stop_words else None
    return lambda word: change(word) if word not in stop_words and any(map(str.isalnum, word)) else None


def _change_of(settings: WordSettings) -> Callable[[str], str]:
    if settings.stem:
        return stemmer(settings.stem)
    if settings.lemmatize and settings.tokenizer != "spacy":
        return lemma_finder()
    return str
