"""Words of many texts at once: found as runs of numbers in one array, told apart by a hash table in C, and only different ones decoded.

Cutting texts one by one makes an object of every word; here those that come again, which are most, are never made.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

EDGES_AT_ONCE = 2**18
"""Characters between which words are found at once."""
Belongs = Callable[[str], bool]
"""Tells whether a character belongs to a word."""


class Coded(NamedTuple):
    """Texts as numbers."""

    names: list[str]
    """The different units by code: words or characters."""
    codes: NDArray[np.int32]
    """Code of each unit of each text, text by text."""
    lengths: NDArray[np.int64]
    """How many units each text has, shape (n_texts,)."""


class _Points(NamedTuple):
    """A text as an array of its code points, as narrow as they allow."""

    values: NDArray[Any]
    encoding: str


def is_word_sign(sign: str) -> bool:
    r"""Tell letters, digits and underscores, as ``\w`` does."""
    return sign.isalnum() or sign == "_"


def is_no_space(sign: str) -> bool:
    """Tell what `str.split` leaves together."""
    return not sign.isspace()


def code_spans(texts: list[str], lowercase: bool, belongs: Belongs) -> Coded:
    """Code the longest runs of characters that belong; one that stands in a text of ASCII and in another one may have two codes."""
    narrow = list(map(str.isascii, texts))  # lower case and tables are several times as fast where there is ASCII alone
    if all(narrow) or not any(narrow):
        return _code_alike(texts, lowercase, belongs)
    plain = [text for text, is_narrow in zip(texts, narrow, strict=True) if is_narrow]
    others = [text for text, is_narrow in zip(texts, narrow, strict=True) if not is_narrow]
    return _mixed(_code_alike(plain, lowercase, belongs), _code_alike(others, lowercase, belongs), ~np.array(narrow))


def _mixed(plain: Coded, others: Coded, is_other: NDArray[np.bool_]) -> Coded:
    """Bring the texts back into their order."""
    lengths = np.empty(len(is_other), np.int64)
    lengths[~is_other], lengths[is_other] = plain.lengths, others.lengths
    from_other = np.repeat(is_other, lengths)
    codes = np.empty(len(from_other), np.int32)
    codes[~from_other], codes[from_other] = plain.codes, others.codes + len(plain.names)
    return Coded(plain.names + others.names, codes, lengths)


def _code_alike(texts: list[str], lowercase: bool, belongs: Belongs) -> Coded:
    joined, text_lengths = _join(texts, lowercase)
    points = _points_of(joined)
    inside = _marks(points, belongs)
    edges = _edges(inside)  # the text begins and ends with a blank, so that they come in pairs
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    ends_of_texts = np.cumsum(text_lengths + 1)
    names, codes = _tell_apart(np.compress(inside, points.values), lengths, points.encoding)
    return Coded(names, codes, np.diff(np.searchsorted(starts, ends_of_texts), prepend=0))


def code_signs(texts: list[str]) -> Coded:
    """Code every character."""
    points = _points_of("".join(texts))
    present, places = _present(points.values)
    return Coded(list(map(chr, present.tolist())), places[points.values], _lengths(texts))


def _edges(inside: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the places before which a word begins or ends; a piece at a time, because places take eight times the room of the text."""
    kind = np.int32 if len(inside) < 2**31 else np.int64
    pieces = [np.zeros(0, kind)]
    for first in range(0, len(inside), EDGES_AT_ONCE):
        piece = inside[first : first + EDGES_AT_ONCE + 1]
        found = np.flatnonzero(piece[1:] != piece[:-1])
        pieces.append(np.add(found, first + 1, dtype=kind, casting="same_kind"))
    return np.concatenate(pieces)


def _lengths(texts: list[str]) -> NDArray[np.int64]:
    return np.fromiter(map(len, texts), np.int64, len(texts))


def _join(texts: list[str], lowercase: bool) -> tuple[str, NDArray[np.int64]]:
    """Return the texts with a blank around each, and how long each is."""
    joined = " ".join(["", *texts, ""])
    lowered = joined.lower() if lowercase else joined
    if len(lowered) == len(joined):
        return lowered, _lengths(texts)
    return _join([text.lower() for text in texts], False)  # some capital is two characters in lower case, so that places have moved


def _points_of(text: str) -> _Points:
    for encoding, kind in (("latin-1", "u1"), ("utf-16-le", "<u2")):
        try:
            values = np.frombuffer(text.encode(encoding), kind)
        except UnicodeEncodeError:
            continue
        if len(values) == len(text):  # otherwise pairs of two bytes stand for one character
            return _Points(values, encoding)
    return _Points(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"), "utf-32-le")


def _marks(points: _Points, belongs: Belongs) -> NDArray[np.bool_]:
    """Tell for each code point whether it belongs."""
    if points.values.itemsize == 1:
        return np.frombuffer(points.values.tobytes().translate(_narrow_table(belongs)), np.bool_)
    present, _ = _present(points.values)
    table = np.zeros(present[-1] + 1, np.bool_)
    table[present] = [belongs(chr(point)) for point in present.tolist()]
    inside: NDArray[np.bool_] = table[points.values]
    return inside


@cache
def _narrow_table(belongs: Belongs) -> bytes:
    return bytes(belongs(chr(point)) for point in range(256))


def _present(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the different values in order, and the place of each among them."""
    seen = np.zeros(int(values.max(initial=0)) + 1, np.bool_)
    seen[values] = True
    return np.flatnonzero(seen), np.cumsum(seen, dtype=np.int32) - 1


def _tell_apart(signs: NDArray[Any], lengths: NDArray[np.int64], encoding: str) -> tuple[list[str], NDArray[np.int32]]:
    """Return the different words among those that follow one another in `signs`, and the code of each."""
    import pyarrow

    is_short = signs.nbytes < 2**31
    ends: NDArray[Any] = np.zeros(len(lengths) + 1, np.int32 if is_short else np.int64)
    np.cumsum(lengths, out=ends[1:])
    np.multiply(ends, signs.itemsize, out=ends)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(signs)]
    kind = pyarrow.binary() if is_short else pyarrow.large_binary()
    encoded = pyarrow.Array.from_buffers(kind, len(lengths), buffers).dictionary_encode()
    return _decoded(encoded.dictionary, ends.dtype, encoding, signs.dtype), encoded.indices.to_numpy()


def _decoded(words: Any, kind: Any, encoding: str, signs: Any) -> list[str]:
    """Decode all words as one text with a blank between them, which no word holds, and cut that."""
    if not len(words):
        return []
    _, ends, data = words.buffers()
    places = np.frombuffer(ends, kind)[: len(words) + 1] // signs.itemsize
    values = np.insert(np.frombuffer(data, signs)[: places[-1]], places[1:-1], ord(" "))
    return values.tobytes().decode(encoding, "surrogatepass").split(" ")


def tell_numbers_apart(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the different numbers in the order of their first occurrence, and the code of each number."""
    import pyarrow

    encoded = pyarrow.array(numbers).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy()
