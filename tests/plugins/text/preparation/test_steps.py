"""All steps: what holds for each of them, and their order."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asterism.framework import DataError
from asterism.plugins.text.preparation.steps import STEPS, Preparation, check_order

PIECES = [
    "<",
    ">",
    "<a ",
    "</p>",
    "<!--",
    "-->",
    "<script>",
    '"',
    "'",
    "&",
    "&amp;",
    "&#6",
    ";",
    "http://",
    "www.",
    "@",
    ".",
    "a",
    "1",
    "1,",
]
PIECES += ["-- \n", "\n", "> ", "On 1 x wrote:\n", "From: a\n", "\u200d", "\u200b", "\u0301", "\U0001f600", "很", "\uff0c", "ก"]
PIECES += ["\ud800", "\udc00", "\0", "ß", "İ", "\ufb01"]
TEXTS = st.one_of(st.text(st.characters(codec=None, categories=None)), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
IDEMPOTENT = ["urls", "unicode", "case", "punctuation", "numbers"]
"""Not ``html``, where what was a reference to ``<`` may become one, and ``mail``, where a mail may have been passed on with its headers."""


@settings(deadline=None)
@given(TEXTS)
@pytest.mark.parametrize("name", STEPS)
def test_step_takes_any_text(name, text):
    assert isinstance(STEPS[name](text), str)


@settings(deadline=None)
@given(TEXTS)
@example("\U000e0001\u200d\u0344" * 40)
@pytest.mark.parametrize("name", IDEMPOTENT)
def test_step_has_nothing_left_to_do(name, text):
    once = STEPS[name](text)
    assert STEPS[name](once) == once


@settings(deadline=None)
@given(TEXTS)
def test_unicode_gives_a_normal_form_without_surrogates(text):
    found = STEPS["unicode"](text)
    found.encode()
    assert unicodedata.is_normalized("NFKC", found)


LONG = 200_000
"""Characters with which anything of quadratic time would take minutes."""


TRAPS = ["<", ">", "<a ", "<a \"'", "<a \"x' ", "<b\"'<b'\"", "<!--", "<!", "<script>", "<script></script ", "&", "&#", "&amp", "http://"]
TRAPS += [
    "http://.",
    "http://)",
    "www.",
    "a@",
    "@",
    "a.",
    "a@a.",
    "1.",
    "1a",
    "-- \n",
    "--\n",
    "> \n",
    "On 1:\n> \n",
    "From: a\n",
    "a:\n",
    "\n",
    " ",
]
TRAPS += ["-", "\u0301\u0316", "\u200d", "a\u200d", "很。"]


@pytest.mark.parametrize("piece", TRAPS)
def test_no_text_takes_longer_than_its_length_says(piece):
    text = piece * (LONG // len(piece)) + "a"
    for step in STEPS.values():
        step(text)


def test_steps_are_applied_in_their_order_and_counted():
    prepare = Preparation(("html", "case", "numbers"))
    assert [prepare(text) for text in ("<b>One</b>", "two", "3 THREE")] == ["one", "two", "  three"]
    assert str(prepare) == "`prepare` changed 2 of 3 texts: html 1, case 2, numbers 1"


def test_step_that_stands_twice_is_refused():
    with pytest.raises(DataError) as caught:
        check_order(["html", "case", "html"])
    assert str(caught.value) == "`prepare` names 'html' twice; once is enough"


@pytest.mark.parametrize("name", ["html", "urls", "mail"])
def test_step_that_finds_nothing_any_more_is_refused(name):
    check_order([name, "punctuation"])
    with pytest.raises(DataError) as caught:
        check_order(["punctuation", name])
    assert str(caught.value) == f"`prepare` names '{name}' after 'punctuation', which leaves it nothing to find; put '{name}' before it"
