"""Images in zip and tar archives, read where they lie: nothing is unpacked to disk, and what could do harm is refused."""

import atexit
import os
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Self, TypeAlias

from asterism.framework import DataError, Entry, report_problem
from asterism.plugins.sources import name_in_utf8, names_in_utf8

from .arrays import Array, Size
from .decoding import SUFFIXES, ImageDecoder

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
MAX_MEMBER = 2**29
"""A member that unpacks to more bytes is no image that anybody wants."""
MAX_RATIO = 200
"""Nor is one that unpacks to more times its size, from `SMALL` bytes on: images are packed already. The same holds for a whole archive."""
SMALL = 2**20
JUNK = "__MACOSX"

Archive: TypeAlias = zipfile.ZipFile | tarfile.TarFile
Listed: TypeAlias = tuple[str, int, int]
"""Name, size when unpacked, and a number that changes with the content: a checksum, or when it was written."""


class Member(NamedTuple):
    """An image in an archive."""

    archive: str
    name: str
    size: int
    state: tuple[int, int]
    """Numbers that change when it does: its own, and when the archive was written."""


def is_archive(path: Path) -> bool:
    """Tell by its ending whether a file is an archive."""
    return path.name.lower().endswith(ENDINGS)


def archive_entries(path: Path) -> list[Entry]:
    """List the images in an archive, in its order; the class of each is its first folder below those that all of them lie in.

    Raises `DataError` where the archive is damaged, encrypted or has no image, and where a member is a link or a device, has a name that
    leads out of the archive, or unpacks out of all proportion.
    """
    modified, found, others = path.stat().st_mtime_ns, [], 0
    for name, size, number in _members(path, modified):
        parts = PurePosixPath(name).parts
        if any(part.startswith(".") or part == JUNK for part in parts):
            continue
        if name.lower().endswith(SUFFIXES):
            found.append((parts, Member(str(path), name, size, (number, modified))))
        else:
            others += 1
    if not found:
        raise DataError(
            f"of the {others} files in the archive none ends in {', '.join(SUFFIXES)}", place=str(path), hint="name another source"
        )
    if others:
        report_problem(f"{path}: {others} files of other kinds were left out", count=others)
    shared = _shared([parts[:-1] for parts, _ in found])
    ids = names_in_utf8(["/".join(parts) for parts, _ in found], path)
    targets = (name_in_utf8(parts[shared]) if len(parts) > shared + 1 else None for parts, _ in found)
    return [Entry(name, member, target) for name, (_, member), target in zip(ids, found, targets, strict=True)]


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

    def of_size(self, size: Size, *, grey: bool) -> Self:
        """Return a decoder that gives images of this size."""
        return replace(self, decoder=self.decoder.of_size(size, grey=grey))

    def within(self, side: int) -> Self:
        """Return a decoder that gives images no longer than `side` pixels along either side."""
        return replace(self, decoder=self.decoder.within(side))


def _members(path: Path, modified: int) -> Iterator[Listed]:
    """List the files in an archive; `DataError` where one of them could do harm."""
    whole, total, names = path.stat().st_size, 0, set()
    try:
        archive = _held.opened(str(path), modified)
        for name, size, number in _of_zip(archive, path) if isinstance(archive, zipfile.ZipFile) else _of_tar(archive, path):
            _check_name(name, path)
            if name in names:
                raise _refused(name, "stands in it twice", path)
            if size > MAX_MEMBER:
                raise _refused(name, f"unpacks to {size:,} bytes, more than {MAX_MEMBER:,}", path)
            total += size
            _check_ratio(name, whole, total, path)
            names.add(name)
            yield name, size, number
    except DataError:
        raise
    except Exception as error:  # unpackers raise nearly every built-in exception at broken bytes
        raise DataError(f"is no archive that can be read: {error}", place=str(path), hint="fetch the file again") from error


def _of_zip(archive: zipfile.ZipFile, path: Path) -> Iterator[Listed]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise DataError(f"'{info.filename}' is encrypted", place=str(path), hint="pack the images anew without a password")
        if info.external_attr >> 28 == 0o12:
            raise _refused(info.filename, "is a link", path)
        _check_ratio(info.filename, info.compress_size, info.file_size, path)
        yield info.filename, info.file_size, info.CRC


def _of_tar(archive: tarfile.TarFile, path: Path) -> Iterator[Listed]:
    for info in archive:
        if info.isdir():
            continue
        if not info.isfile():
            raise _refused(info.name, "is a link" if info.issym() or info.islnk() else "is a device", path)
        yield info.name, info.size, int(info.mtime)


def _check_name(name: str, path: Path) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        raise _refused(name, "has a name that leads out of the archive", path)


def _check_ratio(name: str, packed: int, unpacked: int, path: Path) -> None:
    if unpacked > SMALL and unpacked > MAX_RATIO * packed:
        raise _refused(name, f"unpacks from {packed:,} to {unpacked:,} bytes, more than {MAX_RATIO} times its size", path)


def _refused(name: str, what: str, path: Path) -> DataError:
    return DataError(f"'{name}' {what}", place=str(path), hint="pack the archive anew with plain images alone")


def _content(member: Member) -> bytes:
    place = f"{member.archive}: {member.name}"
    try:
        with _held.stream(member) as stream:
            content: bytes = stream.read(member.size + 1)
    except Exception as error:  # unpackers raise nearly every built-in exception at broken bytes
        raise DataError(f"cannot be unpacked: {error}", place=place, hint="leave it out, or pack it anew") from error
    if len(content) > member.size:
        raise DataError(f"unpacks to more than the {member.size:,} bytes that it announces", place=place, hint="leave it out")
    return content


class _Held(threading.local):
    """The archive that a thread reads: it is opened once, and not for every image in it."""

    key: tuple[int, str, int] | None = None
    archive: Archive
    members: dict[str, tarfile.TarInfo]
    """Of a tar file, which looks through all of its members for one otherwise."""

    def opened(self, path: str, modified: int) -> Archive:
        """Return an archive, opened."""
        key = (os.getpid(), path, modified)  # a process that was forked off must not share the place that its parent reads at
        if self.key != key:
            self.close()
            self.archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else tarfile.open(path, "r:*")  # noqa: SIM115  # it stays open for the next member
            self.key, self.members = key, {}
        return self.archive

    def stream(self, member: Member) -> Any:
        """Return the stream that a member is read from."""
        archive = self.opened(member.archive, member.state[1])
        if isinstance(archive, zipfile.ZipFile):
            return archive.open(member.name)
        self.members = self.members or {info.name: info for info in archive}
        return archive.extractfile(self.members[member.name])

    def close(self) -> None:
        """Close what is open."""
        if self.key is not None:
            self.key = None
            self.archive.close()


_held = _Held()
atexit.register(_held.close)
