"""Leaving out texts that repeat an earlier one."""

import pytest

from asterism.framework import Entry
from asterism.plugins.text.preparation.duplicates import Duplicates
from asterism.plugins.text.preparation.sieves import Draft

LINE = "The quick brown fox jumps over the lazy dog, and the dog goes on sleeping as if there were no foxes."


def sifted(texts, similarity=None):
    sieve = Duplicates(similarity)
    drafts = [Draft(row, Entry(str(row), text), text) for row, text in enumerate(texts)]
    return [draft.row for begin in range(0, len(drafts), 2) for draft in sieve.sift(drafts[begin : begin + 2])], sieve.message()


def test_first_of_equal_texts_stays():
    kept, message = sifted(["a b", "c", " a\n b ", "A b", "c", "\ud800", "\ud800"])
    assert (kept, message) == ([0, 1, 3, 5], "3 texts that repeat an earlier one were left out")


def test_first_of_similar_texts_stays():
    kept, message = sifted([LINE, "other", LINE.replace("fox ", "fax "), LINE.upper(), LINE], 0.9)
    assert kept == [0, 1, 3]
    assert message == "2 texts that repeat an earlier one were left out: 1 exactly, 1 nearly (similarity of 0.9 or more)"


@pytest.mark.parametrize("texts", [["", " ", "\n"], ["ab", "ab ", " ab"]])
def test_texts_shorter_than_a_run_are_compared_whole(texts):
    assert sifted([*texts, "ac"], 0.9)[0] == [0, 3]


def test_copies_without_end_are_quick_and_take_no_memory():
    sieve = Duplicates(0.9)
    drafts = [Draft(row, Entry("0", LINE), LINE) for row in range(256)]
    for _ in range(400):
        sieve.sift(drafts)
    assert (sieve.left_out, len(sieve.seen), len(sieve.near.sketches), len(sieve.ids)) == (102_399, 1, 1, 1000)
