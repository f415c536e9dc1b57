"""Texts as a model's tokenizer can take them: strings without broken signs, of a length that can matter, each one once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asterism.framework import report_problem

from .counting import only_texts


@dataclass(frozen=True)
class DistinctTexts:
    """The different texts among many, in the order of their first occurrence."""

    texts: list[str]
    codes: NDArray[np.int64]
    """Which of `texts` each record is; shape (n_records,)."""

    @classmethod
    def of(cls, records: Iterable[str]) -> "DistinctTexts":
        """Take the texts of records; broken signs are replaced and reported, empty texts are reported."""
        texts = _checked(records)
        position: dict[str, int] = {}
        codes = np.fromiter((position.setdefault(text, len(position)) for text in texts), np.int64, len(texts))
        return cls(list(position), codes)

    def report(self, message: str, found: Iterable[int]) -> None:
        """Say something of the records whose text is one of those `found`, if there are such."""
        chosen = np.zeros(len(self.texts), bool)
        chosen[list(found)] = True
        if rows := np.flatnonzero(chosen[self.codes]).tolist():
            report_problem(message, rows=rows)


def _checked(records: Iterable[str]) -> list[str]:
    texts, broken, empty = [], [], []
    for row, text in enumerate(only_texts(records)):
        whole = _mend(text)
        if whole is not text:
            broken.append(row)
        if not whole.strip():
            empty.append(row)
        texts.append(whole)
    _report(broken, empty)
    return texts


def _report(broken: list[int], empty: list[int]) -> None:
    if broken:
        report_problem("signs that are half of a surrogate pair were replaced by U+FFFD", rows=broken)
    if empty:
        report_problem("texts are empty, so that their vectors say nothing", rows=empty)


def _mend(text: str) -> str:
    """Replace halves of surrogate pairs, which have no UTF-8; a text without such is returned itself."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
