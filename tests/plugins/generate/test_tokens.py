"""Splitting against Python's own, and what is refused."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.plugins.generate import tokens as tokens_module
from asterism.plugins.generate.tokens import split

# Python also splits at the control characters U+001C to U+001F and U+0085
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f\x85")), max_size=8)


def spelled(tokens):
    words = [tokens.distinct[code] for code in tokens.codes]
    return [list(part) for part in np.split(np.array(words, object), np.cumsum(tokens.lengths)[:-1])] if len(tokens.lengths) else []


@given(texts)
def test_words_are_what_python_finds_between_white_space(batch):
    assert spelled(split(batch, "word")) == [text.split() for text in batch]


@given(texts)
def test_characters_are_code_points(batch):
    assert spelled(split(batch, "character")) == [list(text) for text in batch]


@pytest.mark.parametrize("level", ["word", "character"])
def test_splitting_in_small_batches_gives_the_same_tokens(monkeypatch, level):
    batch = [f"text {n} of\tmany  \u3000texts {n % 7}" for n in range(50)] + ["", " "]
    whole = spelled(split(batch, level))
    monkeypatch.setattr(tokens_module, "BATCH", 3)
    assert spelled(split(batch, level)) == whole


def test_texts_are_read_once_and_lazily(monkeypatch):
    monkeypatch.setattr(tokens_module, "BATCH", 2)
    read = iter(["a", "b", 3, "c", "d", "e"])
    with pytest.raises(DataError):
        split(read, "word")
    assert list(read) == ["d", "e"]


@pytest.mark.parametrize("level", ["word", "character"])
def test_distinct_tokens_are_in_alphabetical_order(level):
    distinct = split(["b é a", "😀 ￮ Z"], level).distinct
    assert distinct == sorted(distinct)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (None, "a text is a string (got NoneType) (rows 1); decode it first"),
        (b"bytes", "a text is a string (got bytes) (rows 1); decode it first"),
        ("half \ud800", "a text holds half a character (a lone surrogate) (rows 1); decode it with the encoding of its file"),
    ],
)
@pytest.mark.parametrize("level", ["word", "character"])
def test_what_is_not_text_is_refused_with_its_row(bad, message, level):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        split(["fine", bad], level)
