"""The step `urls`."""

import pytest

from asterism.plugins.text.preparation.addresses import remove_urls


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("see http://x.org/a.b?c=d#e. Then (www.y.com/z), too", "see  . Then ( ), too"),
        ("HTTPS://X.Y or ftp://z", "  or  "),
        ("mail a.b+c@d-e.co.uk!", "mail  !"),
        ("看http://x.com/abc很好", "看 很好"),
        ("https://de.wikipedia.org/wiki/Köln", " "),
        ('<a href="http://x.y">', '<a href=" ">'),
    ],
)
def test_addresses_become_a_blank(text, without):
    assert remove_urls(text) == without


@pytest.mark.parametrize("text", ["foo@bar", "@name", "http://", "www. nothing", "awww.no", "x.org", "http : //"])
def test_what_is_no_address_stays(text):
    assert remove_urls(text) == text
