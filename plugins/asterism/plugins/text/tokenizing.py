"""Tokenizers from elsewhere: jieba for Chinese, spaCy for many languages, subwords learned from the corpus. None downloads anything."""

import logging
import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from asterism.framework import DataError

WORDS_KEPT = 2**16
"""Words whose subwords are remembered."""
PIECE_MARK = "##"
"""What a subword begins with that does not begin a word."""
WORD_MARK = "\u2581"
"""What every word begins with while it is cut; no word holds it."""

Cut = Callable[[str], list[str]]
_words_in = re.compile(r"\w+").findall


def jieba_cut(lowercase: bool) -> Cut:
    """Return what cuts Chinese into words, by a dictionary and, where a word is not in it, a hidden Markov model."""
    cut = _jieba().lcut
    return (lambda text: cut(text.lower())) if lowercase else cut


@cache
def _jieba() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its old-fashioned regular expressions and of pkg_resources
            import jieba
    except ImportError as error:
        raise DataError("tokenizer 'jieba' needs the package jieba", hint="pip install 'asterism[text]'") from error
    logger = logging.getLogger("jieba")
    logger.handlers.clear()  # it adds one at import that writes to stderr
    logger.setLevel(logging.WARNING)
    return _loaded(jieba)


def _loaded(jieba: Any) -> Any:
    """Load the dictionary, as jieba does but without the cache file that it leaves in the temporary folder."""
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def spacy_cut(pipeline: str, lowercase: bool, lemmatize: bool, stop_words: Collection[str]) -> Cut:
    """Return what cuts texts by a pipeline; with `lemmatize`, into dictionary forms, those of stop words left out."""
    language = _pipeline(pipeline, lemmatize)
    lower = str.lower if lowercase else str

    def cut(text: str) -> list[str]:
        tokens = language(text) if lemmatize else language.make_doc(text)
        if lemmatize:
            return [lower(token.lemma_ or token.text) for token in tokens if lower(token.text) not in stop_words]
        return [lower(token.text) for token in tokens]

    return lambda text: [word for part in _bounded(text) for word in cut(part)]


SPACY_AT_ONCE = 2**17
"""Characters of a text that spaCy is given at once; what it makes of them takes a thousand times the room, and it refuses a million."""


def _bounded(text: str) -> Iterator[str]:
    """Cut a long text at blanks, where there are any."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # spaCy cannot take half of a surrogate pair; a "?" is no word either
    while len(text) > SPACY_AT_ONCE:
        end = text.rfind(" ", 1, SPACY_AT_ONCE)
        end = SPACY_AT_ONCE if end < 0 else end
        yield text[:end]
        text = text[end:]
    yield text


def _pipeline(name: str, lemmatize: bool) -> Any:
    language = _spacy_pipeline(name)
    if lemmatize and not any("lemmatizer" in pipe for pipe in language.pipe_names):
        raise DataError(
            f"spaCy's pipeline '{name}' has no lemmatizer",
            hint="install one that has, as by `python -m spacy download en_core_web_sm`, and name it in spacy_pipeline",
        )
    return language


@lru_cache(maxsize=2)
def _spacy_pipeline(name: str) -> Any:
    try:
        import spacy
    except ImportError as error:
        raise DataError("tokenizer 'spacy' needs the package spacy", hint="pip install spacy") from error
    installed = spacy.util.get_installed_models()
    if name in installed:
        return spacy.load(name, exclude=["parser", "ner"])
    try:
        return spacy.blank(name)
    except ImportError as error:  # of a language that spaCy lacks, or that needs a package of its own
        raise DataError(
            f"spaCy has no language and no installed pipeline '{name}': {str(error).splitlines()[0]}",
            hint=f"name a language, such as en, or one of the pipelines {sorted(installed)}; `python -m spacy download` gets others",
        ) from error


def words_to_learn(text: str, lowercase: bool) -> list[str]:
    """Cut a text into the words that subwords are parts of."""
    return _words_in(text.lower() if lowercase else text)


def train_subwords(counts: Mapping[str, int], vocab_size: int) -> str:
    """Learn subwords from how often each word occurs; return the tokenizer as JSON.

    Byte-pair encoding of characters: Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units",
    ACL 2016. The words are taken by alphabet, so that the order of the texts does not matter.
    """
    try:
        from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    except ImportError as error:
        raise DataError("tokenizer 'subwords' needs the package tokenizers", hint="pip install 'asterism[text]'") from error
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False)
    tokenizer.train_from_iterator(_repeated(counts), trainer)
    return str(tokenizer.to_str())


def _repeated(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield each word as often as it occurs, many on a line, since the trainer counts for itself."""
    for word in sorted(counts):
        full, rest = divmod(counts[word], 1000)
        for times in [1000] * full + [rest]:
            yield f"{WORD_MARK}{word} " * times


def subword_cut(trained: str, lowercase: bool) -> Cut:
    """Return what cuts texts into the subwords of a trained tokenizer; characters that it never saw are left out."""
    from tokenizers import Tokenizer

    encode = Tokenizer.from_str(trained).encode

    @lru_cache(maxsize=WORDS_KEPT)
    def parts_of(word: str) -> list[str]:
        pieces = encode(WORD_MARK + word).tokens
        named = [piece[1:] if piece.startswith(WORD_MARK) else PIECE_MARK + piece for piece in pieces]
        return [piece for piece in named if piece]  # the mark alone stands before a beginning that is rare

    return lambda text: [part for word in words_to_learn(text, lowercase) for part in parts_of(word)]
