"""Cutting documents into passages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.plugins.text.preparation.passages import cut

WORDS = st.lists(st.sampled_from(["one", "two.", "three!", "四", "五。", "six\n\n", "\n", "e\u0301", "ก", "'", "\U0001f600"]), max_size=60)


def test_short_text_stays_as_it_is():
    for text in ("", "  ", " one two\n", "one two three"):
        assert cut(text, 3) == [text]


def test_passage_ends_where_a_paragraph_ends_or_else_a_sentence():
    assert cut("a b c. d e\n\nf g h i j", 6) == ["a b c. d e", "f g h i j"]
    assert cut('a b c "d." e f g h', 5) == ['a b c "d."', "e f g h"]
    assert cut("a b c d e f", 4) == ["a b c", "d e f"]


def test_words_are_shared_evenly():
    assert [len(passage.split()) for passage in cut("word " * 201, 100)] == [67, 67, 67]


def test_passages_overlap_by_words():
    assert cut("a b c d e f g", 4, 2) == ["a b c d", "c d e f", "e f g"]
    assert cut("a b c d", 2, 1) == ["a b", "b c", "c d"]


def test_chinese_is_cut_by_characters():
    assert cut("很快。好吃！味道足", 3) == ["很快。", "好吃！", "味道足"]  # noqa: RUF001  # as Chinese is written
    assert cut("很快好吃味道", 2) == ["很快", "好吃", "味道"]


def test_mark_stays_with_its_letter():
    assert "".join(cut("กำลัง" * 3, 4)) == "กำลัง" * 3
    assert all(passage[0].isalpha() for passage in cut("กำลัง" * 3, 4))


@settings(deadline=None)
@given(WORDS, st.booleans(), st.integers(1, 12))
def test_passages_hold_every_word_in_order(words, has_blanks, length):
    text = (" " if has_blanks else "").join(words)
    assert "".join("".join(cut(text, length)).split()) == "".join(text.split())


@settings(deadline=None)
@given(WORDS, st.integers(1, 12), st.data())
def test_passages_are_no_longer_than_asked(words, length, data):
    overlap = data.draw(st.integers(0, length - 1))
    passages = cut(" ".join(words), length, overlap)
    assert all(cut(passage, length) == [passage] for passage in passages)
    assert len(passages) <= max(len(words), 1) * 2


@pytest.mark.parametrize("piece", ["a ", "a. ", "很", "a\n\n", ". "])
def test_long_text_is_cut_in_time(piece):
    assert len(cut(piece * 100_000, 100, 10)) > 1000
