"""Images in zip and tar archives, read where they lie: nothing is unpacked to disk, and what could do harm is refused."""

import atexit
import os
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self, TypeAlias

from asterism.framework import DataError, Entry, report_problem

from .arrays import Array
from .decoding import SUFFIXES, ImageDecoder

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MAX_MEMBER = 2**29
"""A member that unpacks to more bytes is no image that anybody wants."""
MAX_RATIO = 200
"""Nor is one that unpacks to so many times its size, from `SMALL` bytes on: images are packed already."""
SMALL = 2**20
JUNK = "__MACOSX"

Archive: TypeAlias = zipfile.ZipFile | tarfile.TarFile


class Member(NamedTuple):
    """An image in an archive."""

    archive: str
    name: str
    state: tuple[int, ...]
    """Sizes and times that change when it does."""


def is_archive(path: Path) -> bool:
    """Tell by its ending whether a file is an archive."""
    return path.name.lower().endswith(ENDINGS)


def archive_entries(path: Path) -> list[Entry]:
    """List the images in an archive, in its order; the class of each is its first folder below those that all of them lie in.

    Raises `DataError` where the archive is damaged, encrypted or has no image, and where a member is a link or a device, has a name that
    leads out of the archive, or unpacks out of all proportion.
    """
    found, others = [], 0
    for name, state in _members(path):
        parts = PurePosixPath(name).parts
        if any(part.startswith(".") or part == JUNK for part in parts):
            continue
        if name.lower().endswith(SUFFIXES):
            found.append((parts, Member(str(path), name, state)))
        else:
            others += 1
    if not found:
        raise DataError(
            f"of the {others} files in the archive none ends in {', '.join(SUFFIXES)}", place=str(path), hint="name another source"
        )
    if others:
        report_problem(f"{path}: {others} files of other kinds were left out", count=others)
    shared = _shared([parts[:-1] for parts, _ in found])
    return [Entry("/".join(parts), member, parts[shared] if len(parts) > shared + 1 else None) for parts, member in found]


def _shared(folders: list[tuple[str, ...]]) -> int:
    """Count the folders at the beginning that all have in common."""
    first, last = min(folders), max(folders)
    differing = (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return next(differing, min(len(first), len(last)))


@dataclass(frozen=True)
class MemberDecoder:
    """Decodes images in archives."""

    decoder: ImageDecoder

    def __call__(self, entry: Entry) -> Array:
        """Decode a member; `DataError` names it and its archive."""
        member: Member = entry.content
        return self.decoder.decode_bytes(_content(member), f"{member.archive}: {member.name}")

    def file_of(self, entry: Entry) -> Path:
        """Tell in which file an image lies."""
        return Path(entry.content.archive)

    def at_least(self, size: tuple[int, int], *, grey: bool) -> Self:
        """Return a decoder that may give smaller images, of at least this size."""
        return replace(self, decoder=self.decoder.at_least(size, grey=grey))


def _members(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    modified = path.stat().st_mtime_ns
    try:
        archive = _opened(str(path), modified)
        listed = _of_zip(archive, path) if isinstance(archive, zipfile.ZipFile) else _of_tar(archive, path)
        for name, state in listed:
            _check_name(name, path)
            yield name, (*state, modified)
    except DataError:
        raise
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise DataError(f"is no archive that can be read: {error}", place=str(path), hint="fetch the file again") from error


def _of_zip(archive: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise DataError(f"'{info.filename}' is encrypted", place=str(path), hint="pack the images anew without a password")
        if info.external_attr >> 28 == 0o12:
            raise _refused(info.filename, "is a link", path)
        if info.file_size > SMALL and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise _refused(info.filename, f"unpacks from {info.compress_size:,} to {info.file_size:,} bytes", path)
        _check_size(info.filename, info.file_size, path)
        yield info.filename, (info.file_size, info.CRC)


def _of_tar(archive: tarfile.TarFile, path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    for info in archive:
        if info.isdir():
            continue
        if not info.isfile():
            raise _refused(info.name, "is a link" if info.issym() or info.islnk() else "is a device", path)
        _check_size(info.name, info.size, path)
        yield info.name, (info.size, int(info.mtime))


def _check_name(name: str, path: Path) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        raise _refused(name, "has a name that leads out of the archive", path)


def _check_size(name: str, size: int, path: Path) -> None:
    if size > MAX_MEMBER:
        raise _refused(name, f"unpacks to {size:,} bytes", path)


def _refused(name: str, what: str, path: Path) -> DataError:
    return DataError(f"'{name}' {what}", place=str(path), hint="pack the archive anew with plain images alone")


def _content(member: Member) -> bytes:
    place = f"{member.archive}: {member.name}"
    try:
        archive = _opened(member.archive, member.state[-1])
        stream: Any = archive.open(member.name) if isinstance(archive, zipfile.ZipFile) else archive.extractfile(member.name)
        with stream:
            content: bytes = stream.read(member.state[0] + 1)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, KeyError, ValueError) as error:
        raise DataError(f"cannot be unpacked: {error}", place=place, hint="leave it out, or pack it anew") from error
    if len(content) > member.state[0]:
        raise DataError(f"unpacks to more than the {member.state[0]:,} bytes that it announces", place=place, hint="leave it out")
    return content


_open: dict[tuple[int, str, int], Archive] = {}
"""The archive that this process reads: it is opened once, and not for every image in it."""


def _opened(path: str, modified: int) -> Archive:
    key = (os.getpid(), path, modified)  # a process that was forked off must not share the place that its parent reads at
    if key not in _open:
        _close()
        atexit.register(_close)
        _open[key] = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path, "r:*")  # noqa: SIM115  # it stays open for the next member
    return _open[key]


def _close() -> None:
    atexit.unregister(_close)
    while _open:
        _open.popitem()[1].close()
