"""How the n-gram model splits text: into words (what stands between white space) or characters, as numbers instead of strings.

Numbers, because everything after this point is arithmetic on arrays: texts become their distinct tokens and, for every place in the
texts, the position of the token among them. No loop over tokens runs in Python.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

BATCH = 4096
"""Texts that are split at a time: enough to make the cost of a batch vanish, few enough to hold in memory."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of texts."""

    distinct: list[str]
    """Every token once, in alphabetical order; words may have the empty one first, which no text holds."""
    codes: NDArray[np.int64]
    """Position in `distinct` of each token, text after text; shape (n_tokens,)."""
    lengths: NDArray[np.int64]
    """Tokens per text; shape (n_texts,)."""


def split(texts: Iterable[str], level: str) -> Tokens:
    """Split texts in one pass, a batch at a time; `level` is ``word`` or ``character``."""
    return _split_words(_batches(texts)) if level == "word" else _split_characters(_batches(texts))


def _split_words(batches: Iterable[list[str]]) -> Tokens:
    """Split at white space (of any script; control characters are none but tab and the line ends); punctuation stays with its word."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pc.utf8_split_whitespace(pa.array(batch, pa.large_string())) for batch in batches]
    words = pa.chunked_array([pc.list_flatten(part) for part in parts], pa.large_string())
    encoded = words.dictionary_encode().unify_dictionaries().combine_chunks()
    order = pc.sort_indices(encoded.dictionary)
    place = np.argsort(order.to_numpy())
    lengths = _join([pc.list_value_length(part).to_numpy() for part in parts])
    return _without_empty(encoded.dictionary.take(order).to_pylist(), place[encoded.indices.to_numpy()], lengths)


def _without_empty(distinct: list[str], codes: NDArray[np.int64], lengths: NDArray[np.int64]) -> Tokens:
    """Drop the empty words that Arrow finds before leading and after trailing white space; they are the first in the alphabet."""
    if distinct[:1] != [""]:
        return Tokens(distinct, codes, lengths)
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    return Tokens(distinct, codes[codes > 0], np.bincount(text_of[codes > 0], minlength=len(lengths)))


def _split_characters(batches: Iterable[list[str]]) -> Tokens:
    """Split into Unicode code points."""
    points, lengths = [], []
    for batch in batches:
        points.append(np.frombuffer("".join(batch).encode("utf-32-le"), np.uint32))
        lengths.append(np.fromiter(map(len, batch), np.int64, len(batch)))
    is_used = np.zeros(0x110000, bool)
    for some in points:
        is_used[some] = True
    place = np.cumsum(is_used) - 1
    return Tokens([chr(point) for point in np.flatnonzero(is_used)], _join([place[some] for some in points]), _join(lengths))


def _join(parts: list[NDArray[Any]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    remaining, done = iter(texts), 0
    while batch := list(islice(remaining, BATCH)):
        _refuse_what_is_no_text(batch, done)
        yield batch
        done += len(batch)


def _refuse_what_is_no_text(batch: Sequence[Any], done: int) -> None:
    for kind in set(map(type, batch)):
        if not issubclass(kind, str):
            rows = [row for row, text in enumerate(batch, done) if type(text) is kind]
            raise DataError(f"a text is a string (got {kind.__name__})", rows=rows, hint="decode it first")
    if rows := [row for row, text in enumerate(batch, done) if not text.isascii() and _SURROGATE.search(text)]:
        hint = "decode it with the encoding of its file"
        raise DataError("a text holds half a character (a lone surrogate)", rows=rows, hint=hint)


_SURROGATE = re.compile("[\ud800-\udfff]")
