"""Digests: of data, of what components are and have learned, of values. Equal digests mean equal content, in any process."""

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .blocks import in_blocks
from .component import Component
from .records import Entry, Records
from .stages import Stage
from .state import class_reference
from .values import Interactions, Ranking, is_sparse

FORMAT = 1
"""Raised when the digests of the same content change; older results in a store are not found then."""
FILE_BYTES = 2**20


class NoDigest(TypeError):
    """Something is made of parts that have no digest."""


class Hash(Protocol):
    """What `hashlib` gives."""

    def update(self, data: Any, /) -> None: ...  # hashlib's own
    def hexdigest(self) -> str: ...  # hashlib's own


def digest_of(*values: Any) -> str:
    """Digest plain values, arrays, CSR matrices, rankings and components; `NoDigest` for anything else."""
    digest = hashlib.sha256()
    for value in values:
        _add(digest, value)
    return digest.hexdigest()


class RecordsDigest:
    """The digest of records, taken while their entries go by: of ids, contents (those in files too), classes, and how they are decoded."""

    def __init__(self, records: Records[Any]) -> None:
        self.records = records
        self._digest = hashlib.sha256()
        self._has_digest = True
        _add_text(self._digest, records.modality)
        try:
            _add_decoder(self._digest, records.decode)
        except NoDigest:
            self._has_digest = False

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in the next entries."""
        try:
            for entry in entries:
                _add_entry(self._digest, entry, self.records.file_of(entry))
        except NoDigest:
            self._has_digest = False

    def __str__(self) -> str:
        return self._digest.hexdigest() if self._has_digest else ""


def digest_stage(stage: Stage, fed_by: str, *details: Any) -> str:
    """Digest what decides the result of a stage: its class, version and fields, and the digest of what feeds it."""
    cls, fields = type(stage.component), stage.component.get_params(deep=False)
    inside = [type(part).__module__ for part in stage.component.parts()]
    sources = [_sources_of(module) for module in (cls.__module__, *inside)]
    return digest_of(FORMAT, class_reference(cls), stage.version, sources, fields, fed_by, *details)


def _add(digest: Hash, value: Any) -> None:
    for matches, name, add in _PARTS:
        if matches(value):
            digest.update(name)
            add(digest, value)
            return
    raise NoDigest(f"a {type(value).__name__} has no digest")


def _add_bytes(digest: Hash, content: bytes) -> None:
    digest.update(f"{len(content)}:".encode())
    digest.update(content)


def _add_many(digest: Hash, values: Sequence[Any]) -> None:
    digest.update(f"{len(values)}:".encode())
    for value in values:
        _add(digest, value)


def _add_matrix(digest: Hash, matrix: Any) -> None:
    digest.update(f"{matrix.dtype.str}{matrix.shape}".encode())
    if matrix.dtype.kind == "O":
        _add_many(digest, matrix.ravel().tolist())
        return
    for _, block in in_blocks(matrix) if matrix.ndim else [(0, matrix)]:
        digest.update(np.ascontiguousarray(block))


def _add_sparse(digest: Hash, matrix: Any) -> None:
    digest.update(f"{matrix.dtype.str}{matrix.shape}".encode())
    for _, block in in_blocks(matrix):
        for part in (np.diff(block.indptr), block.indices):
            digest.update(np.ascontiguousarray(part, np.int64))
        digest.update(np.ascontiguousarray(block.data))


def _add_interactions(digest: Hash, data: Interactions) -> None:
    times = () if data.times is None else data.times
    _add_many(digest, (data.users, data.items, data.indptr, data.indices, data.weights, times))


def _add_component(digest: Hash, component: Component) -> None:
    _add_many(digest, (class_reference(type(component)), component.get_params(deep=False), component.learned()))


def _add_file(digest: Hash, path: Path) -> None:
    """Add the content of a file, or the names and contents of all files in a folder."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        _add_many(digest, [part for file in files for part in (str(file.relative_to(path)), file)])
        return
    try:
        with path.open("rb") as stream:
            while content := stream.read(FILE_BYTES):
                digest.update(content)
            digest.update(f":{stream.tell()}".encode())
    except OSError as error:  # the record will not be readable either, and say so itself
        digest.update(f"!{error.errno}".encode())


def _add_decoder(digest: Hash, decode: Any) -> None:
    """Add what makes items of contents: other settings of a modality make others of the same files."""
    if isinstance(decode, partial):
        _add(digest, f"{decode.func.__module__}:{decode.func.__qualname__}")
        for part in (*decode.args, *decode.keywords.items()):
            _add_decoder(digest, part) if callable(part) else _add(digest, part)
    elif hasattr(decode, "__qualname__"):
        _add(digest, f"{decode.__module__}:{decode.__qualname__}")
    elif is_dataclass(decode):
        _add_settings(digest, decode)
    else:
        _add_many(digest, [class_reference(type(decode)), *map(str, vars(decode))])
        for part in vars(decode).values():
            _add_decoder(digest, part) if callable(part) else _add(digest, part)


def _is_settings(value: Any) -> bool:
    return is_dataclass(value) and not isinstance(value, type)


def _add_settings(digest: Hash, value: Any) -> None:
    """Add the fields of a dataclass, but for those that do not count when two are compared: they are no settings."""
    _add_text(digest, class_reference(type(value)))
    for field in fields(value):
        if field.compare:
            _add_text(digest, field.name)
            part = getattr(value, field.name)
            _add_decoder(digest, part) if callable(part) else _add(digest, part)


def _add_text(digest: Hash, text: Any) -> None:
    _add_bytes(digest, str(text).encode("utf-8", "surrogatepass"))


def _is_picture(value: Any) -> bool:
    return hasattr(value, "tobytes") and hasattr(value, "mode") and hasattr(value, "size")


_PARTS: list[tuple[Callable[[Any], bool], bytes, Callable[[Hash, Any], None]]] = [
    (lambda value: isinstance(value, str), b"s", _add_text),
    (lambda value: value is None or type(value) in (bool, int, float), b"n", lambda digest, value: _add_text(digest, repr(value))),
    (lambda value: isinstance(value, bytes), b"b", _add_bytes),
    (lambda value: isinstance(value, Path), b"f", _add_file),
    (lambda value: isinstance(value, Interactions), b"i", _add_interactions),
    (is_sparse, b"m", _add_sparse),
    (lambda value: isinstance(value, np.ndarray | np.generic), b"a", lambda d, v: _add_matrix(d, np.asanyarray(v))),
    (lambda value: isinstance(value, Component), b"c", _add_component),
    (lambda value: isinstance(value, Ranking), b"r", lambda d, v: _add_many(d, (v.rows, v.scores, v.items))),
    (lambda value: isinstance(value, dict), b"d", lambda d, v: _add_many(d, [part for pair in v.items() for part in pair])),
    (_is_settings, b"o", _add_settings),
    (_is_picture, b"p", lambda d, v: _add_many(d, (v.mode, list(v.size), v.tobytes()))),
    (lambda value: isinstance(value, frozenset | set), b"t", lambda d, v: _add_many(d, sorted(map(repr, v)))),
    (lambda value: isinstance(value, Sequence), b"l", _add_many),
]


def _add_entry(digest: Hash, entry: Entry, path: Path | None) -> None:
    """Add the id, the known class and the content; the frequent sorts of content without a detour, because there may be millions."""
    content = entry.content
    if type(content) is str and path is None:
        sort, packed = b"s", content.encode("utf-8", "surrogatepass")
    elif type(content) is np.ndarray and content.dtype.kind in "biuf":
        sort, packed = f"{content.dtype.str}{content.shape}".encode(), content.tobytes()
    else:
        sort, packed = b"o", b""
    name, target = entry.id.encode("utf-8", "surrogatepass"), (entry.target or "").encode("utf-8", "surrogatepass")
    digest.update(b"%d:%d:%d:%d:%b:%b%b%b" % (len(name), len(target), len(packed), entry.target is None, sort, name, target, packed))
    if entry.about:
        _add(digest, dict(entry.about))
    if sort == b"o":
        _add(digest, path if path is not None and isinstance(content, Path) else content)
        if path is not None and not isinstance(content, Path):
            _add_file(digest, path)


@cache
def _sources_of(module: str) -> str:
    """Digest the source files of a component's package, so that changed code never finds what the old code gave."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return ""
    folder = Path(file).parent
    while (folder.parent / "__init__.py").is_file():  # a component in a sub-folder uses what lies beside that
        folder = folder.parent
    # A module that lies directly in a folder of packages is its own package.
    files = sorted(folder.rglob("*.py")) if "." in module else [Path(file)]
    digest = hashlib.sha256()
    for path in files:
        _add_text(digest, path.relative_to(folder).as_posix())
        _add_file(digest, path)
    return digest.hexdigest()
