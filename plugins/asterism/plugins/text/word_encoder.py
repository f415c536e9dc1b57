"""What all encoders of texts by their words have in common: how a text is cut into words, and in which form a word counts."""

from abc import ABC
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge

from asterism.framework import DataError, Encoder, Records

from .counting import only_texts
from .stop_words import Language, stop_words_of
from .terms import WORD, Cutting
from .tokenizing import train_subwords, words_to_learn
from .words import WordSettings, check_words, word_cutting

Snowball = Literal[
    "arabic", "armenian", "basque", "catalan", "czech", "danish", "dutch", "english", "esperanto", "estonian", "finnish", "french",
    "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "persian", "polish",
    "porter", "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip


class WordEncoder(Encoder, ABC):
    """Base of encoders that look at the words of a text.

    A subclass calls `_learn_words` at the begin of its fit, and takes the words of texts from `_words_of`.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"text"})

    tokenizer: Literal["words", "jieba", "spacy", "subwords"] = "words"
    """What cuts a text: "words", at what is no letter, digit or underscore, in any script that writes blanks; "jieba", Chinese;
    "spacy", by the rules of a language, where spaCy is installed; "subwords", into frequent parts of words, learned from the corpus."""
    lowercase: bool = True
    """Take upper and lower case for the same."""
    token_pattern: str = WORD
    """With tokenizer "words": regular expression of a word; by default two or more letters, digits or underscores."""
    stop_words: Language | tuple[str, ...] | None = None
    """Words to leave out: a language's function words ("english", or several as ["german", "french"]), or a list of your own, in lower
    case. A list of nothing but languages stands for theirs."""
    stem: Snowball | None = None
    """Cut off the endings of words by Snowball's rules for a language, so that "connected" and "connections" are one."""
    lemmatize: bool = False
    """Put words into the form of the dictionary: spaCy's with tokenizer "spacy", otherwise WordNet's, by NLTK, which is for English."""
    spacy_pipeline: str = "en"
    """With tokenizer "spacy": a language ("en", "de", "zh"), or the name of an installed pipeline, which can lemmatize."""
    vocab_size: Annotated[int, Ge(1)] = 8000
    """With tokenizer "subwords": how many of them to learn, single characters included, of which none is left out."""

    def _learn_words(self, records: Records[str]) -> None:
        """Learn how texts are cut, where the tokenizer is one that learns; a subclass calls it first in its fit."""
        if self._begin_words():
            self._train_words(self._count_words(records))

    def _begin_words(self) -> bool:
        """Forget what an earlier fit learned of words, check the settings, and tell whether words are learned from a corpus."""
        vars(self).pop("subwords_", None)
        check_words(self._settings())
        return self.tokenizer == "subwords"

    def _learns_words_first(self) -> bool:
        """Tell whether the tokenizer is still to be trained."""
        return self.tokenizer == "subwords" and "subwords_" not in vars(self)

    def _count_words(self, texts: Iterable[str]) -> Counter[str]:
        """Count what a tokenizer is trained on: the counts of parts of a corpus add."""
        counts: Counter[str] = Counter()
        for text in only_texts(texts):
            counts.update(words_to_learn(text, self.lowercase))
        return counts

    def _train_words(self, counts: dict[str, int]) -> None:
        if not counts:
            raise DataError(
                "the texts hold no word at all, so that there are no subwords", hint="look at the texts, or try analyzer 'char'"
            )
        self.subwords_ = train_subwords(counts, self.vocab_size)

    def _words_of(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text in their order, in the form in which they count, without stop words."""
        cutting = self._cutting()
        for text in only_texts(texts):
            yield [form for word in cutting.cut(text) if (form := cutting.form(word)) is not None]

    def _cutting(self) -> Cutting:
        return word_cutting(self._settings(self.subwords_ if self.tokenizer == "subwords" else ""))

    def _settings(self, subwords: str = "") -> WordSettings:
        return WordSettings(
            self.tokenizer,
            self.lowercase,
            self.token_pattern,
            stop_words_of(self.stop_words),
            self.stem,
            self.lemmatize,
            self.spacy_pipeline,
            subwords,
        )
