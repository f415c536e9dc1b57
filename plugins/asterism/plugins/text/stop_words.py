"""Stop words: words that stand in texts of any subject, by language.

They are the function words of each language - articles, pronouns, prepositions, conjunctions, auxiliary verbs, particles - in lower case,
one file each in `function_words`. The English ones are scikit-learn's.
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from asterism.framework import DataError

Language = Literal["chinese", "english", "french", "german", "italian", "portuguese", "russian", "spanish"]
LANGUAGES: tuple[str, ...] = get_args(Language)
FOLDER = Path(__file__).parent / "function_words"


def stop_words_of(chosen: Any) -> frozenset[str]:
    """Return the words that a field `stop_words` stands for; `DataError` where it names a language that there are none of."""
    if not chosen:
        return frozenset()
    if isinstance(chosen, str):
        return _of_language(chosen)
    if all(word in LANGUAGES for word in chosen):
        return frozenset[str]().union(*map(_of_language, chosen))
    return frozenset(chosen)


@cache
def _of_language(language: str) -> frozenset[str]:
    if language not in LANGUAGES:
        raise DataError(
            f"there are no stop words of the language '{language}'",
            hint=f"there are those of {', '.join(LANGUAGES)}; give your own as a list of words",
        )
    if language == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    return frozenset((FOLDER / f"{language}.txt").read_text(encoding="utf-8").split())
