"""YAML with line numbers: the text of a spec becomes plain data, and every key and value keeps its place.

Plain scalars follow YAML 1.2's core schema, so ``no`` and ``on`` are text and ``1e3`` is a number. Tags, repeated keys, aliases that
explode and oversized files are refused.
"""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .problems import SpecProblem

MAX_BYTES = 1_000_000
"""A spec is a page or two of text; anything larger is refused unread."""
MAX_NODES = 20_000
"""Values after aliases are expanded; a bomb of nested aliases passes it at once."""
MAX_DEPTH = 40

Path_ = tuple[str | int, ...]
Place = tuple[int, int]

_INTEGER = re.compile(r"[-+]?[0-9]{1,1000}")  # no setting is longer, and Python reads no integer of many thousands of digits
_BASED = re.compile(r"0o[0-7]{1,1000}|0x[0-9a-fA-F]{1,1000}")
_WHOLE_EXPONENT = re.compile(r"([-+]?[0-9]{1,1000})[eE]\+?([0-9]{1,2})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_NOT_FINITE = {sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
_NOT_FINITE |= dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))


@dataclass
class Document:
    """A spec as read: its data, where everything stands, and what is wrong with the file itself."""

    data: Any = None
    file: str = ""
    keys: dict[Path_, Place] = field(default_factory=dict)
    """Line and column, from 1, of the key at a path."""
    values: dict[Path_, Place] = field(default_factory=dict)
    """Line and column, from 1, of the value at a path."""
    problems: list[SpecProblem] = field(default_factory=list)

    def report(self, message: str, path: Path_ = (), *, place: str = "", at_value: bool = False) -> None:
        """Note a problem that points at the key (or value) at `path`, or at the nearest thing around it."""
        first, second = (self.values, self.keys) if at_value else (self.keys, self.values)
        for end in range(len(path), -1, -1):
            found = first.get(path[:end]) or second.get(path[:end])
            if found:
                self.problems.append(SpecProblem(message, place, self.file, *found))
                return
        self.problems.append(SpecProblem(message, place, self.file))


def read_spec(source: str | Path | dict[str, Any]) -> Document:
    """Read a spec from a file, or take it as the plain data that a host made."""
    if isinstance(source, dict):
        return _host_document(source)
    file = str(source)
    try:
        raw = _read_bytes(Path(source))
    except OSError as error:
        return Document(file=file, problems=[SpecProblem(f"cannot be read: {error.strerror}", file=file)])
    if len(raw) > MAX_BYTES:
        return Document(
            file=file, problems=[SpecProblem(f"is larger than {MAX_BYTES:,} bytes; a spec holds settings, not data", file=file)]
        )
    try:
        return parse(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError as error:
        return Document(file=file, problems=[SpecProblem(f"is not UTF-8 text: byte {error.start} is 0x{raw[error.start]:02x}", file=file)])


def _host_document(source: dict[str, Any]) -> Document:
    try:
        # A copy, because `--set` writes into it, and of what a file could hold: a tuple becomes a list, a path text.
        return Document(json.loads(json.dumps(source, default=os.fspath)), file="spec")
    except (TypeError, ValueError) as error:
        return Document(file="spec", problems=[SpecProblem(f"holds something else than plain values: {error}", file="spec")])


def _read_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def parse(text: str, file: str = "spec") -> Document:
    """Parse YAML text; what is wrong is in the document's `problems`, never raised."""
    import yaml  # only where a spec is read

    class Loader(yaml.BaseLoader):
        # Resolves nothing: every plain scalar is text until `_scalar` reads it, and a tag that a node has stands in the file.
        def resolve(self, *_: object) -> str:
            return ""

    document = Document(file=file)
    try:
        root = yaml.compose(text, Loader=Loader)
    except yaml.reader.ReaderError as error:
        document.problems.append(_character_problem(error, text, file))
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error, file))
    except RecursionError:
        document.problems.append(SpecProblem(f"is nested deeper than {MAX_DEPTH} levels", file=file))
    else:
        _convert(root, document)
    return document


def _convert(root: Any, document: Document) -> None:
    if root is None:
        message = "is empty; `asterism demo text --write-spec FILE` writes one to start from"
        document.problems.append(SpecProblem(message, file=document.file))
        return
    try:
        document.data = _Converter(document).convert(root, ())
    except _Refused as refusal:
        document.problems.append(refusal.problem)


def scalar(text: str) -> Any:
    """Read one plain scalar as a spec would: a number, true, false, null or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, base=0)
    if whole := _WHOLE_EXPONENT.fullmatch(text):  # `1e3` is a whole number, fit for a field that counts
        return int(whole[1]) * 10 ** int(whole[2])
    return float(text) if _FLOAT.fullmatch(text) else text


def _syntax_problem(error: Exception, file: str) -> SpecProblem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    message = f"is not YAML: {f'{context}: ' if context else ''}{what}"
    return SpecProblem(message, "", file, mark.line + 1, mark.column + 1) if mark else SpecProblem(message, file=file)


def _character_problem(error: Any, text: str, file: str) -> SpecProblem:
    before = text[: error.position]
    line, column = before.count("\n") + 1, error.position - before.rfind("\n")
    return SpecProblem(f"is not YAML: the character U+{ord(text[error.position]):04X} cannot stand in it", "", file, line, column)


class _Refused(Exception):
    def __init__(self, problem: SpecProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Converter:
    """Turns YAML nodes into plain data and writes down where each stood."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def convert(self, node: Any, path: Path_) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.document.values[path] = place
        self.count += 1
        if self.count > MAX_NODES:
            self._refuse(f"holds more than {MAX_NODES:,} values once its aliases are expanded", place)
        if len(path) > MAX_DEPTH:
            self._refuse(f"is nested deeper than {MAX_DEPTH} levels", place)
        if node.tag:
            self._report(f"has the tag '{node.tag.replace(_YAML_TAGS, '!!')}'; a spec holds plain values only", place)
        return getattr(self, f"_{node.id}")(node, path)

    def _scalar(self, node: Any, path: Path_) -> Any:
        if _HALF_CHARACTER.search(node.value):
            self._report("is no text: an escape stands for half a character", self.document.values[path])
            return ""
        return node.value if node.style else scalar(node.value)

    def _sequence(self, node: Any, path: Path_) -> list[Any]:
        return [self.convert(item, (*path, place)) for place, item in enumerate(node.value)]

    def _mapping(self, node: Any, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            if key.id != "scalar" or _HALF_CHARACTER.search(key.value):
                self._report("has a key that is no plain text", place)
            elif key.value == "<<":
                self._report("merges keys with `<<`, which a spec does not know; write them out", place)
            elif key.value in found:
                first = self.document.keys[(*path, key.value)][0]
                self._report(f"'{key.value}' stands here twice; the first is in line {first}", place)
            else:
                self.document.keys[(*path, key.value)] = place
                found[key.value] = self.convert(value, (*path, key.value))
        return found

    def _report(self, message: str, place: Place) -> None:
        self.document.problems.append(SpecProblem(message, "", self.document.file, *place))

    def _refuse(self, message: str, place: Place) -> None:
        raise _Refused(SpecProblem(message, "", self.document.file, *place))


_YAML_TAGS = "tag:yaml.org,2002:"
