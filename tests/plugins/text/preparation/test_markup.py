"""The step `html`."""

import pytest

from asterism.plugins.text.preparation.markup import remove_html


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One &amp; two</p><p>th<b>re</b>e</p>", "\nOne & two\n\nthree\n"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<a href='x>y' title=\"<b>\">link</a>", "link"),
        ("one<!-- two > --> three<!---->", "one three"),
        ("<style>p {}</style><SCRIPT>if (a < b) '<p>'</SCRIPT >end", "\n\nend"),
        ("<!DOCTYPE html><?xml version='1.0'?><![if IE]>text", "text"),
        ("&lt;b&gt; &eacute;&#233;&#xe9; &nbsp", "<b> ééé \xa0"),
        ("<o:p>word</o:p><my-tag>other</my-tag>", "\nword\n\nother\n"),
    ],
)
def test_markup_becomes_what_a_browser_shows(page, text):
    assert remove_html(page) == text


@pytest.mark.parametrize(
    "text", ["a < b and 3<4 <3", "John <john@x.org>", "<http://a.b/c>", "no markup", "", "<", "<a", "</", "x<!-- open"]
)
def test_what_is_no_markup_stays(text):
    assert remove_html(text) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("I use <script> tags", "I use \n tags"),
        ('<a href="x>click</a> and "quoted" text', 'click and "quoted" text'),
        ("<p don't>it's</p> <b", "\nit's\n <b"),
        ("</b></i>one<p><p><p>two", "one\n\n\ntwo"),
        ("<b <i>one</i>", "<b one"),
    ],
)
def test_broken_markup_loses_no_text(page, text):
    assert remove_html(page) == text


def test_deep_nesting_is_no_deeper_than_text():
    assert remove_html("<div>" * 50_000 + "x" + "</div>" * 50_000).strip() == "x"


def test_references_to_no_character_are_decoded_all_the_same():
    assert remove_html(f"&#{'9' * 5000}; &#x{'f' * 5000} &#xD800; &#0; &zz;") == "\ufffd \ufffd \ufffd \ufffd &zz;"
    assert remove_html("&#38;" * 100_000) == "&" * 100_000
