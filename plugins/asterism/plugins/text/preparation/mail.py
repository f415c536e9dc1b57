"""The step ``mail``: headers, quotations and signatures of e-mails and news postings."""

import re

_KNOWN = re.compile(
    r"(?:from|to|cc|subject|date|sent|newsgroups|message-id|received|return-path|reply-to|organization|path|mime-version|content-type|x-.*)$",
    re.I,
)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*+):")
_QUOTED = re.compile(r"[ \t]*+>")
_VERB = re.compile(r"\b(?:wrote|writes|said|schrieb|écrit|escribió|scrisse|ha scritto|escreveu|skrev|schreef|пишет|писал)\b|写道", re.I)
_TELLS_WHO = re.compile(r"[\d@]")
_OPENS = re.compile(r"\W*+(?:on|am|le|el|il|em|den|op|in)\b", re.I)
_ORIGINAL = re.compile(
    r"[ \t]*+-{2,}+ ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message) ?-{2,}", re.I
)


def remove_mail(text: str) -> str:
    """Remove the lines of a mail that its author did not write now.

    That is the header block at the beginning (from its first ``Name:`` line to the first blank line; one of the names must be a usual one
    such as From or Subject); lines that begin with ``>``; the line that introduces them ("On Monday ... wrote:"); everything
    from a line ``-----Original Message-----`` on; and the signature, from a line ``--`` on.
    """
    lines = text.split("\n")
    body = lines[_header_length(lines) :]
    return "\n".join(_own_lines(body[: _length(body)]))


def _header_length(lines: list[str]) -> int:
    """Count the lines of the header block, the blank one after it included; 0 where the text does not begin with one."""
    start = 1 if lines[0].startswith("From ") else 0  # as mailboxes part their mails
    is_known = False
    for place, line in enumerate(lines[start:], start):
        if not line.strip():
            return place + 1 if is_known else 0
        header = _HEADER.match(line)
        if header is None and (place == start or line[0] not in " \t"):
            return 0
        is_known = is_known or (header is not None and _KNOWN.match(header[1]) is not None)
    return 0


def _length(lines: list[str]) -> int:
    """Count the lines before the signature and before a whole mail that is repeated."""
    return next((place for place, line in enumerate(lines) if line.rstrip() == "--" or _ORIGINAL.match(line)), len(lines))


def _own_lines(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if not _QUOTED.match(line):
            kept.append(line)
        elif kept:
            _remove_introduction(kept)
    return kept


def _remove_introduction(lines: list[str]) -> None:
    """Remove "On Monday ... wrote:" from the end of `lines`, over one line or two; blank lines may stand behind it."""
    last = next((place for place in range(len(lines) - 1, max(len(lines) - 4, -1), -1) if lines[place].strip()), None)
    if last is None or not lines[last].rstrip().endswith((":", "\uff1a")):
        return
    first = last - 1 if last and _OPENS.match(lines[last - 1]) and not _OPENS.match(lines[last]) else last
    if _VERB.search(lines[last]) or (first == last and _OPENS.match(lines[last]) and _TELLS_WHO.search(lines[last])):
        del lines[first if _TELLS_WHO.search(lines[first]) else last :]
