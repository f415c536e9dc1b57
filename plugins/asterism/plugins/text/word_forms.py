"""Forms of words: stems by Snowball's rules, dictionary forms by WordNet."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from asterism.framework import DataError

WORDS_KEPT = 2**16
"""Words whose forms are remembered, some MiB: frequent ones, which make up most of any text, are soon among them."""


def stemmer(language: str) -> Callable[[str], str]:
    """Return what cuts the ending off a word (Porter, "Snowball: a language for stemming algorithms", 2001)."""
    stem = _snowball(language).stemWord

    @lru_cache(maxsize=WORDS_KEPT)
    def stemmed(word: str) -> str:
        return str(stem(word))

    return stemmed


def _snowball(language: str) -> Any:
    try:
        import snowballstemmer
    except ImportError as error:
        raise DataError("stemming needs the package snowballstemmer", hint="pip install 'asterism[text]'") from error
    if language not in snowballstemmer.algorithms():
        known = ", ".join(snowballstemmer.algorithms())
        raise DataError(f"there is no stemmer for '{language}'", hint=f"there are {known}")
    return snowballstemmer.stemmer(language)


def lemma_finder() -> Callable[[str], str]:
    """Return what gives an English word in the form of the dictionary; one that WordNet does not know stays as it is."""
    morphy = _wordnet().morphy

    @lru_cache(maxsize=WORDS_KEPT)
    def lemma(word: str) -> str:
        return morphy(word) or word

    return lemma


def _wordnet() -> Any:
    try:
        from nltk.corpus import wordnet
    except ImportError as error:
        raise DataError("lemmatize needs the package nltk, or tokenizer 'spacy'", hint="pip install nltk") from error
    try:
        wordnet.ensure_loaded()
    except LookupError as error:
        hint = "run `python -m nltk.downloader wordnet`, or take tokenizer 'spacy'"
        raise DataError("lemmatize needs the data of WordNet, which are not on this machine", hint=hint) from error
    return wordnet
