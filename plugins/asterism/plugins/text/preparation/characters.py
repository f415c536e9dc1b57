"""The steps that change single characters: ``unicode``, ``case``, ``punctuation`` and ``numbers``."""

import re
import string
import unicodedata
from collections.abc import Iterable
from functools import cache

from .scripts import UNSPACED

MOST_MARKS = 30
"""Combining marks in a row that are kept, as in the Stream-Safe format of Unicode Standard Annex 15: ordering more takes quadratic time."""

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"  # soft hyphen, directions, joiners, byte order mark
    "|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b"  # zero-width space; between words of Thai, Lao, Burmese and Khmer it stays
    "|(?<![\u0590-\u1fff\u2070-\U0010ffff])[\u200c\u200d]+"  # joiners mean something only after Arabic, Indic ... letters and emoji
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(
    rf"(?<![^\W{UNSPACED}])(?<!\d[.,:/'\u2019-])"  # neither within a word nor within a number that belongs to a word
    rf"\d++(?:[.,:/'\u2019-]\d++)*+(?![^\W{UNSPACED}])"
)
_ASCII_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]+")


def normalize_unicode(text: str) -> str:
    """Bring characters into the form NFKC of Unicode, and remove what nobody sees.

    Removed: control characters (NUL among them), halves of surrogate pairs, soft hyphens, marks of direction, byte order marks,
    zero-width spaces and joiners. Joiners stay where they matter, in emoji and after letters of Arabic, Indic and other scripts, and
    zero-width spaces after Thai, Lao, Burmese and Khmer, where they part words. Every sort of line end becomes a line feed; of more than
    30 combining marks in a row the first 30 stay.
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", _with_few_marks(_without_surrogates(text)))
    return unicodedata.normalize("NFKC", _with_few_marks(_INVISIBLE.sub("", text)))


def lower_case(text: str) -> str:
    """Write small letters, as `str.lower` does."""
    return text.lower()


def remove_punctuation(text: str) -> str:
    """Put one blank in the place of every run of punctuation: what Unicode calls so, and the symbols ``$ + < = > ^ ` | ~``."""
    return (_ASCII_PUNCTUATION if text.isascii() else _punctuation()).sub(" ", text)


def remove_numbers(text: str) -> str:
    """Put a blank in the place of every number: digits of any script, with ``. , : / ' -`` between them; not within words such as "b2b"."""
    return _NUMBER.sub(" ", text)


def _without_surrogates(text: str) -> str:
    """Join surrogates that are a pair and drop the others."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore") if _SURROGATE.search(text) else text


def _with_few_marks(text: str) -> str:
    return _many_marks().sub(r"\1", text)


@cache  # looking through all characters takes a tenth of a second, and only texts beyond ASCII need it
def _many_marks() -> re.Pattern[str]:
    marks = _class_of(number for number in range(0x300, 0x1F000) if unicodedata.combining(chr(number)))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


@cache
def _punctuation() -> re.Pattern[str]:
    signs = _class_of(number for number in range(0x80, 0x20000) if unicodedata.category(chr(number))[0] == "P")
    return re.compile(f"[{re.escape(string.punctuation)}{signs}]+")


def _class_of(numbers: Iterable[int]) -> str:
    """Write characters as the inside of a character class, runs of them as ranges."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)
