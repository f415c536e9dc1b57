"""Files that are there whole or not at all, and that show when they were damaged: the ground that the store stands on.

Every file carries a checksum. It is CRC-32: it guards against torn writes and failing disks, of which it finds all but one in four thousand
million, at more than the speed of a disk; nothing that is read here can run code, so nothing stronger is needed against malice.
"""

import errno
import json
import os
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no quotas
_SEALED = re.compile(rb'\{"checksum": "([0-9a-f]{8})", "content": (.*)\}\n', re.DOTALL)
_PIECE = 2**20


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn the failure of a disk into an `OutputError` that says what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in _NO_ROOM
        reason = "there is no room left on the disk" if full else f"it cannot be written ({error.strerror or error})"
        remedy = "make room" if full else "mend that"
        raise OutputError(f"{folder}: {reason}; what is done is kept: {remedy} and start the same command again") from error


def write_whole(path: Path, write: Callable[[BinaryIO], object], durable: bool = True) -> None:
    """Let `write` fill a file that appears under its name only when it is complete, in place of an earlier one."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with draft.open("xb") as file:
            write(file)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in `folder` outlive a loss of power."""
    if os.name == "nt":  # Windows opens no folders, and keeps names by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(content: Mapping[str, Any]) -> bytes:
    """Write JSON as one line that carries its own checksum."""
    body = json.dumps(content, sort_keys=True, allow_nan=False).encode()
    return b'{"checksum": "%08x", "content": %s}\n' % (zlib.crc32(body), body)


def unseal(line: bytes) -> dict[str, Any] | None:
    """Read what `seal` wrote; None where it is anything else."""
    match = _SEALED.fullmatch(line)
    if match is None or zlib.crc32(match[2]) != int(match[1], 16):
        return None
    return _json_object(match[2])


def read_sealed(path: Path) -> dict[str, Any] | None:
    """Read a file of one sealed line; None where there is none, or it is damaged."""
    with suppress(OSError):
        return unseal(path.read_bytes())
    return None


def checksum(file: BinaryIO, n_bytes: int | None = None) -> int | None:
    """Compute the checksum of the next `n_bytes` bytes, or of the rest; None where there are fewer."""
    total, left = 0, n_bytes
    while left is None or left > 0:
        piece = file.read(_PIECE if left is None else min(_PIECE, left))
        if not piece:
            return total if left is None else None
        total, left = zlib.crc32(piece, total), None if left is None else left - len(piece)
    return total


def file_checksum(path: Path) -> int | None:
    """Compute the checksum of a whole file; None where it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return checksum(file)
    return None


class _Summing:
    """Passes bytes on to a file and sums them up on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.total = file, 0

    def write(self, piece: bytes) -> int:
        self.total = zlib.crc32(piece, self.total)
        return self.file.write(piece)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], tree: Any, durable: bool = True) -> None:
    """Write named arrays and a tree that JSON can hold as one file: a checksum, a line of JSON, then one .npy after the other.

    It is no .npz: the names of a zip cannot be just any text, and its bytes depend on the time of day.
    """
    # The keys of a tree are not sorted: the order of a dict is a part of what a component learned.
    head = json.dumps({"names": list(arrays), "tree": tree}, allow_nan=False).encode() + b"\n"

    def write(file: BinaryIO) -> None:
        file.write(b"%08x\n" % 0)
        summing = _Summing(file)
        summing.write(head)
        for array in arrays.values():
            np.lib.format.write_array(summing, array, allow_pickle=False)
        file.seek(0)
        file.write(b"%08x\n" % summing.total)

    write_whole(path, write, durable)


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], Any] | None:
    """Read what `write_arrays` wrote; None where it is missing or damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError), path.open("rb") as file:
        if int(file.read(9), 16) != checksum(file):
            return None
        file.seek(9)
        head = _json_object(file.readline())
        if head is not None:
            return {name: np.lib.format.read_array(file, allow_pickle=False) for name in head["names"]}, head["tree"]
    return None


def _json_object(text: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
