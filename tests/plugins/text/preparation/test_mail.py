"""The step `mail`."""

import pytest

from asterism.plugins.text.preparation.mail import remove_mail

MAIL = """\
From: Ann <ann@x.org>
Subject: Re: hello
\tand more
Date: Mon, 3 Jan 2024

Hi,

On Mon, 3 Jan 2024 at 10:00, Bob Smith <bob@x.org>
wrote:

> old
> > older
Yes, I agree with this part:

> what?
No.
--\x20
Ann
Phone 123
"""


def test_headers_quotations_and_signature_go():
    assert remove_mail(MAIL) == "Hi,\n\nYes, I agree with this part:\n\nNo."


def test_line_ends_of_mails_as_they_travel_are_understood():
    assert remove_mail(MAIL.replace("\n", "\r\n")).split() == ["Hi,", "Yes,", "I", "agree", "with", "this", "part:", "No."]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Am 3.4.2024 um 10:00 schrieb Anna:\n> x\nGut.", "Gut."),
        ("In article <1@x> bob@y writes:\n>a\nb", "b"),
        ("Le lun. 3 avr. 2024 à 10:00, Anne a écrit :\n> x\noui", "oui"),
        ("yes\n\n-----Original Message-----\nFrom: x\nno", "yes\n"),
        ("yes\n--\nme", "yes"),
        ("From ann Mon Jan 3\nReceived: x\n  y\n\nbody", "body"),
        ("> only\n> old", ""),
    ],
)
def test_habits_of_mail_programs_are_known(text, own):
    assert remove_mail(text) == own


@pytest.mark.parametrize(
    "text", ["Note: this\n\nbody", "Subject: no blank line\nbody", "a -- b\n--- c", "x > y", "", "\n", "From the start"]
)
def test_what_is_no_mail_stays(text):
    assert remove_mail(text) == text
