"""The step ``urls``: web and mail addresses."""

import re

from .scripts import UNSPACED, WIDE_SIGNS

_IN_URL = rf"[^\s<>\"{UNSPACED}{WIDE_SIGNS}]"
_LAST = rf"[^\s<>\".,;:!?'()\[\]{{}}{UNSPACED}{WIDE_SIGNS}]"  # a sign at the end belongs to the sentence around
# Each alternative begins where nothing that could belong to it stands before, so that no text is read again and again.
_ADDRESS = re.compile(
    rf"(?<![a-z0-9])(?:(?:https?|ftp)://|www\.(?=[a-z0-9])){_IN_URL}*{_LAST}"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++",
    re.IGNORECASE,
)
_SIGNS = ("://", "@", "www.", "WWW.", "Www.")


def remove_urls(text: str) -> str:
    """Put a blank in the place of e-mail addresses, and of those that begin with ``http://``, ``https://``, ``ftp://`` or ``www.``."""
    return _ADDRESS.sub(" ", text) if any(sign in text for sign in _SIGNS) else text
