"""A matrix on disk that grows chunk by chunk: one raw file per array, and a line of JSON per chunk that is complete.

A chunk counts from the moment its line is on the disk. Whatever stands behind the last good chunk, after a kill or a full disk, is cut
off when the files are opened again. Read back, the raw files are memory maps: an ordinary array, or a CSR matrix over such arrays.
"""

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..values import Matrix, is_sparse
from .durable import checksum, seal, sync_folder, unseal

LINES = "chunks.jsonl"
"""Name of the file with one line per chunk."""
_DENSE = ("values.bin",)
_SPARSE = ("data.bin", "indices.bin", "lengths.bin")
RAW = _DENSE + _SPARSE
"""Names that raw files may have; no name is ever read from a file."""


@dataclass(frozen=True)
class Form:
    """What all chunks of one matrix have in common."""

    type: str
    """array, csr_matrix or csr_array."""
    dtype: str
    """As NumPy writes it, byte order included: ``<f4``."""
    row: tuple[int, ...]
    """Shape of one row; empty where the matrix is one number per row."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the raw files."""
        return _DENSE if self.type == "array" else _SPARSE

    def __str__(self) -> str:
        return f"{self.type} of {np.dtype(self.dtype)} with rows of shape {self.row}"


@dataclass(frozen=True)
class Chunk:
    """Some rows, as they stand in the raw files."""

    form: Form
    rows: int
    sizes: tuple[int, ...]
    """Bytes in each raw file."""
    checksums: tuple[int, ...]
    note: dict[str, Any]
    """What the writer wanted to keep beside the rows."""

    def to_line(self) -> bytes:
        """Write the chunk as its line."""
        form = {"type": self.form.type, "dtype": self.form.dtype, "row": self.form.row}
        return seal({"form": form, "rows": self.rows, "sizes": self.sizes, "checksums": self.checksums, "note": self.note})

    @classmethod
    def from_line(cls, line: bytes) -> "Chunk | None":
        """Read a line; None where it is torn, or none of ours."""
        content = unseal(line)
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            if content is not None:
                form = Form(content["form"]["type"], np.dtype(content["form"]["dtype"]).str, tuple(map(int, content["form"]["row"])))
                sizes, checksums = tuple(map(int, content["sizes"])), tuple(map(int, content["checksums"]))
                return cls(form, int(content["rows"]), sizes, checksums, dict(content["note"]))
        return None


def read_chunks(folder: Path) -> list[Chunk]:
    """List the chunks of which there is a line, without a look at the raw files."""
    with suppress(OSError), (folder / LINES).open("rb") as lines:
        return list(_chunks(lines))
    return []


def _chunks(lines: BinaryIO) -> Iterator[Chunk]:
    for line in lines:
        chunk = Chunk.from_line(line)
        if chunk is None:
            return
        yield chunk


def good_chunks(folder: Path) -> list[Chunk]:
    """List the chunks before the first one that is damaged in any way; reads everything."""
    good = list[Chunk]()
    with suppress(OSError):
        _verify(folder, read_chunks(folder), good)
    return good


def _verify(folder: Path, chunks: list[Chunk], good: list[Chunk]) -> None:
    """Move chunks to `good`, so that those before a file that cannot be read are known when it raises."""
    if not chunks:
        return
    form = chunks[0].form
    with ExitStack() as opened:
        files = [opened.enter_context((folder / name).open("rb", buffering=0)) for name in form.files]
        for chunk in chunks:
            found = tuple(checksum(file, size) for file, size in zip(files, chunk.sizes, strict=False))
            if chunk.form != form or found != chunk.checksums:
                return
            good.append(chunk)


def cut_back(folder: Path, chunks: Sequence[Chunk]) -> None:
    """Cut off what stands behind `chunks` in the files of `folder`."""
    lengths = {LINES: sum(len(chunk.to_line()) for chunk in chunks)} | _lengths(chunks)
    for name in (LINES, *RAW):
        path = folder / name
        if name not in lengths:
            path.unlink(missing_ok=True)
        elif path.exists() and path.stat().st_size != lengths[name]:
            os.truncate(path, lengths[name])


def _lengths(chunks: Sequence[Chunk]) -> dict[str, int]:
    columns = zip(*(chunk.sizes for chunk in chunks), strict=True)
    return {name: sum(sizes) for name, sizes in zip(chunks[0].form.files, columns, strict=True)} if chunks else {}


class ChunkFiles:
    """The chunks in a folder, with more to come; opening it cuts off what is torn."""

    def __init__(self, folder: Path, durable: bool = True) -> None:
        self.folder, self.durable = folder, durable
        self.chunks = good_chunks(folder)
        self._files: dict[str, Any] = {}
        cut_back(folder, self.chunks)

    def append(self, matrix: Matrix, note: Mapping[str, Any] | None = None) -> None:
        """Add rows; when it returns they are on the disk, and when it raises nothing has changed."""
        form, parts = split(matrix)
        if self.chunks and form != self.chunks[0].form:
            raise ValueError(f"the chunks of a matrix must be alike: the first is {self.chunks[0].form}, this one is {form}")
        sizes, checksums = tuple(map(len, parts)), tuple(map(zlib.crc32, parts))
        chunk = Chunk(form, matrix.shape[0], sizes, checksums, dict(note or {}))
        line = chunk.to_line()
        try:
            self._write(dict(zip(form.files, parts, strict=True)))
            self._write({LINES: line})
            self.chunks.append(chunk)
        except BaseException:  # a full disk, or Ctrl-C
            self._undo()
            raise

    def _write(self, parts: Mapping[str, "bytes | memoryview"]) -> None:
        are_new = not parts.keys() <= self._files.keys()
        files = [self._open(name) for name in parts]
        for file, part in zip(files, parts.values(), strict=True):
            left = memoryview(part)
            while left:  # one call writes as much as it likes
                left = left[file.write(left) :]
        if self.durable:
            for file in files:
                os.fsync(file.fileno())
            if are_new:
                sync_folder(self.folder)

    def _open(self, name: str) -> Any:
        if name not in self._files:
            self._files[name] = (self.folder / name).open("ab", buffering=0)
        return self._files[name]

    def _undo(self) -> None:
        self.close()
        with suppress(OSError):  # where even this fails, the next one who opens the files does it
            cut_back(self.folder, self.chunks)

    def close(self) -> None:
        """Close the files; they are opened again where more is appended."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def split(matrix: Matrix) -> tuple[Form, list[memoryview]]:
    """Take a matrix apart into its form and the bytes of each raw file."""
    if not is_sparse(matrix):
        array = np.asarray(matrix)
        if array.ndim == 0 or array.dtype.kind not in "biufc":
            raise TypeError(f"a chunk must be an array of numbers with rows, or CSR (got {array.ndim} axes of {array.dtype})")
        return Form("array", array.dtype.str, array.shape[1:]), [_bytes(array)]
    if getattr(matrix, "format", "csr") != "csr":
        raise TypeError(f"a chunk must be an array of numbers with rows, or CSR (got {matrix.format.upper()})")
    begin, end = int(matrix.indptr[0]), int(matrix.indptr[-1])
    width = int(matrix.shape[1])
    indices = matrix.indices[begin:end].astype(_index_dtype(width), copy=False)
    form = Form("csr_array" if type(matrix).__name__ == "csr_array" else "csr_matrix", matrix.data.dtype.str, (width,))
    return form, [_bytes(matrix.data[begin:end]), _bytes(indices), _bytes(np.diff(matrix.indptr).astype("<i8"))]


def _index_dtype(width: int) -> str:
    # As SciPy chooses it: chunks then agree whatever each of them came with, and SciPy maps the file without a copy.
    return "<i4" if width <= np.iinfo(np.int32).max else "<i8"


def _bytes(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def map_chunks(folder: Path, chunks: Sequence[Chunk]) -> Matrix:
    """Give the rows of `chunks`, one after the other, as one array or CSR matrix over read-only memory maps."""
    form, n_rows = chunks[0].form, sum(chunk.rows for chunk in chunks)
    length = _lengths(chunks)
    if form.type == "array":
        return _map(folder / "values.bin", form.dtype, (n_rows, *form.row))
    n_cells = length["data.bin"] // np.dtype(form.dtype).itemsize
    lengths = _map(folder / "lengths.bin", "<i8", (n_rows,))
    indptr = np.zeros(n_rows + 1, np.int32 if n_cells <= np.iinfo(np.int32).max else np.int64)
    np.cumsum(lengths, out=indptr[1:])
    data, indices = _map(folder / "data.bin", form.dtype, (n_cells,)), _map(folder / "indices.bin", _index_dtype(form.row[0]), (n_cells,))
    # SciPy is loaded only where a CSR matrix was kept, and the core does not depend on it.
    sparse: Any = getattr(import_module("scipy.sparse"), form.type)
    return sparse((data, indices, indptr), shape=(n_rows, form.row[0]), copy=False)


def _map(path: Path, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    if 0 in shape:  # a file without a byte cannot be mapped
        empty = np.zeros(shape, dtype)
        empty.flags.writeable = False
        return empty
    return np.memmap(path, dtype, mode="r", shape=shape)
