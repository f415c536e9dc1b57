"""Word vectors in the text format of word2vec: a line with how many words and axes there are, then a word and its numbers a line."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError


def write_vectors(path: Path, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write words and vectors, shape (n_words, size), so that every number is read back as it was.

    `DataError` where the format has no room for a word: it is empty, or holds a blank or half of a surrogate pair.
    """
    refused = [word for word in words if word.split() != [word] or not _has_utf8(word)]
    if refused:
        raise DataError(
            f"{len(refused)} words cannot be written, the first is {refused[0]!r}: the format separates by blanks and is UTF-8",
            hint="take another token_pattern",
        )
    with Path(path).open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"{len(words)} {vectors.shape[1]}\n")
        for word, vector in zip(words, vectors.tolist(), strict=True):
            stream.write(f"{word} {' '.join([f'{number:.9g}' for number in vector])}\n")


def _has_utf8(word: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in word)
