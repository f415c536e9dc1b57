"""The steps `unicode`, `case`, `punctuation` and `numbers`."""

import unicodedata

import pytest

from asterism.plugins.text.preparation.characters import lower_case, normalize_unicode, remove_numbers, remove_punctuation


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ﬁn ½ Ａ　b…", "fin 1⁄2 A b..."),  # noqa: RUF001  # wide letters and blanks are the point
        ("e\u0301 e\u00ad\u0301", "é é"),
        ("a\0b\x07c", "abc"),
        ("a\r\nb\rc\x0bd\u2028e\tf", "a\nb\nc\nd\ne\tf"),
        ("x\ud800y \ud83d\ude00", "xy \U0001f600"),
        ("\ufeffa\u200db\u200bc\u00add\u2060e", "abcde"),
        ("\u202eabc\u202c \u200f\u05e9\u05dc\u05d5\u05dd", "abc \u05e9\u05dc\u05d5\u05dd"),
    ],
)
def test_unicode_is_normal_and_without_what_nobody_sees(text, normal):
    assert normalize_unicode(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f\u200d\U0001f525",  # a family, a heart on fire
        "\U0001f3f4\U000e0067\U000e0062\U000e007f",  # a flag of letters
        "क्\u200dष",
        "می\u200cخواهم",  # noqa: RUF001  # Persian needs the joiner
        "ไทย\u200bไทย",
        "שָׁלוֹם",
    ],
)
def test_invisible_characters_that_mean_something_stay(text):
    assert normalize_unicode(text) == unicodedata.normalize("NFKC", text)


def test_run_of_marks_without_end_is_cut():
    assert normalize_unicode("x" + "\u0316\u0301" * 100_000) == unicodedata.normalize("NFKC", "x" + "\u0316\u0301" * 15)


def test_case_is_small():
    assert lower_case("ÄRGER Straße ΟΔΟΣ") == "ärger straße οδος"  # Greek ends words with a letter of its own


def test_punctuation_becomes_one_blank_for_each_run():
    assert remove_punctuation("don't stop... a_b, 50%") == "don t stop  a b  50 "
    assert remove_punctuation("很快，好吃！《x》 «y»—z $1") == "很快 好吃 x   y z  1"  # noqa: RUF001  # wide commas are the point
    assert remove_punctuation("\U0001f600 é ½ €") == "\U0001f600 é ½ €"


def test_numbers_become_a_blank_where_they_are_no_part_of_a_word():
    assert remove_numbers("3.14 and 1,000; 2024-01-31 10:30") == "  and  ;    "
    assert remove_numbers("共100元 ٣٤") == "共 元  "
    words = "b2b 4th covid19 v1.2 1.2.3a x_1 ½"
    assert remove_numbers(words) == words
