"""The step ``html``: from a page, or a piece of one, to the text that a browser would show.

A scanner of our own, because text is never lost to broken markup here: what a browser drops up to the end of the file (a tag or a script
that is never closed) stays. It looks at every character a bounded number of times, whatever the input.
"""

import html
import re
from collections.abc import Iterator

INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label"}
    | {"mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
"""Elements within a line: their tags vanish, so that ``<b>W</b>ord`` stays one word. Every other tag becomes a line end."""
HIDDEN = {name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE) for name in ("script", "style")}
"""Elements that go with what is in them, and how they end."""

_NAME = r"(?:[!?]|(/?)([A-Za-z][A-Za-z0-9-]*+(?::[A-Za-z][A-Za-z0-9-]*+)?)(?=[\s/>]))"
_BEGIN = re.compile("<(?=[!?/A-Za-z])")
_WITH_QUOTES = re.compile(rf"""{_NAME}(?:[^<>"']++|"[^"]*+"?|'[^']*+'?)*+""")
_PLAIN = re.compile(rf"{_NAME}[^<>]*+")
_LONG_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{20,}+;?")  # no character has such a number, and Python refuses to read the longest
MOST_LOOKS = 4
"""How often, on average, a character may be looked at in search of the end of a tag whose quotes do not match."""


def remove_html(text: str) -> str:
    """Remove tags, comments, scripts and styles, and decode character references such as ``&amp;``.

    Tags of elements within a line (`INLINE`) and comments vanish; every other tag becomes a line end, so that two in a row end a paragraph.
    A ``<`` that begins no tag stays.
    """
    if "<" not in text:
        return _decoded(text)
    return "".join(_Page(text).parts())


def _decoded(text: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text)) if "&" in text else text


class _Page:
    """A text on its way through the scanner."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.looks_left = MOST_LOOKS * len(text)
        self.missing: set[str] = set()
        """What was looked for and does not come any more."""

    def parts(self) -> Iterator[str]:
        """Yield the text between the markup, and what stands for the markup."""
        done, found = 0, _BEGIN.search(self.text)
        while found:
            begin = found.start()
            end, instead = self._markup(begin)
            if end > begin:
                yield _decoded(self.text[done:begin])
                yield instead
                done = end
            found = _BEGIN.search(self.text, max(end, begin + 1))
        yield _decoded(self.text[done:])

    def _markup(self, begin: int) -> tuple[int, str]:
        """Return where the markup at `begin` ends, and what to put in its place; `begin` itself where there is none."""
        if self.text.startswith("<!--", begin) and (end := self._comment_end(begin)) >= 0:
            return end, ""
        tag = self._tag(begin)
        if tag is None:
            return begin, ""
        name, end = (tag[2] or "").lower(), tag.end() + 1
        if name in HIDDEN and not tag[1]:
            end = self._hidden_end(name, end)
        return end, "" if name in INLINE or not name else "\n"

    def _tag(self, begin: int) -> re.Match[str] | None:
        """Match a tag up to its ``>``; in a quoted attribute that sign may stand, unless the quotes turn out not to match."""
        if self.looks_left > 0 and (tag := _WITH_QUOTES.match(self.text, begin + 1)):
            if self._closes(tag):
                return tag
            self.looks_left -= tag.end() - begin
        tag = _PLAIN.match(self.text, begin + 1)
        return tag if tag and self._closes(tag) else None

    def _closes(self, tag: re.Match[str]) -> bool:
        return self.text.startswith(">", tag.end())

    def _comment_end(self, begin: int) -> int:
        end = -1 if "-->" in self.missing else self.text.find("-->", begin + 2)  # "<!-->" is a whole comment
        if end < 0:
            self.missing.add("-->")
        return end if end < 0 else end + len("-->")

    def _hidden_end(self, name: str, begin: int) -> int:
        found = None if name in self.missing else HIDDEN[name].search(self.text, begin)
        if found is None:
            self.missing.add(name)
        return found.end() if found else begin
