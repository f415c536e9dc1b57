"""Finding languages."""

import sys

import pytest

from asterism.framework import DataError, MissingExtra
from asterism.plugins.text.preparation import languages
from asterism.plugins.text.preparation.languages import check_languages, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat sat on the mat and looked at the dog.", "en"),
        ("Die Katze saß auf der Matte und sah den Hund an.", "de"),
        ("Le chat était assis sur le tapis et regardait le chien.", "fr"),
        ("很快，好吃，味道足，量大", "zh"),  # noqa: RUF001  # as Chinese is written
        ("猫はマットの上に座って犬を見ていました。", "ja"),
        ("Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.", "ru"),  # noqa: RUF001  # Russian
        ("كانت القطة جالسة على الحصيرة وتنظر إلى الكلب", "ar"),
    ],
)
def test_language_is_found(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "  ", "ok", "t w o", "12345", "...", "\U0001f600\U0001f600", "\ud800\0"])
def test_language_of_a_very_short_text_is_not_guessed(text):
    assert language_of(text) == "und"


def test_end_of_a_long_text_changes_nothing():
    assert language_of("The cat sat on the mat. " * 100 + "很快" * 10**6) == "en"


def test_unknown_code_is_refused():
    with pytest.raises(DataError, match=r"^no language has the code 'eng'; did you mean 'en'\?$"):
        check_languages(["de", "eng"])
    with pytest.raises(DataError, match=r"^no language has the code '!'; use codes of two letters: af, am, .*, zu, und$"):
        check_languages(["!"])
    with pytest.raises(
        DataError, match=r"^`languages` names none, so that no text could stay; leave it out, or name some, such as \[en, de\]$"
    ):
        check_languages([])


def test_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    with pytest.raises(MissingExtra, match=r"^detecting languages needs py3langid: pip install 'asterism\[text\]'$"):
        languages._identifier.__wrapped__()
