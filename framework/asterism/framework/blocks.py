"""Walk through a matrix in blocks of rows, in memory or memory-mapped, so that a large one never stands in memory whole."""

import mmap
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .values import Matrix, is_sparse

MOST_ROWS = 131_072
"""No block is longer, however narrow the rows are: shorter ones cost more for each row, longer ones more room and no less time."""


def rows_at_once(matrix: Matrix, bytes_: int = 32 * 2**20) -> int:
    """Choose how many rows make a block of about `bytes_` bytes; it follows from the matrix alone, so that sums add up alike everywhere."""
    n_rows = int(matrix.shape[0])
    of_a_row = max(1, size_of(matrix) // max(1, n_rows))
    return min(MOST_ROWS, max(1, bytes_ // of_a_row))


def in_blocks(matrix: Matrix, rows: int | None = None, start: int = 0) -> Iterator[tuple[int, Matrix]]:
    """Yield ``(first row, block)`` over an array or CSR matrix from row `start` on, blocks of `rows` rows, the last one shorter.

    When the next block is asked for, the one before it no longer counts as used: where `matrix` lies in a memory-mapped file, the
    pages of that block are let go. It may still be read; it is then fetched from the file again.
    """
    step = rows_at_once(matrix) if rows is None else rows
    for first in range(start, matrix.shape[0], step):
        last = min(first + step, matrix.shape[0])
        try:
            yield first, matrix[first:last]
        finally:
            _let_go(matrix, first, last)


def is_mapped(matrix: Matrix) -> bool:
    """Tell whether the numbers of an array or CSR matrix lie in a memory-mapped file."""
    array = matrix.data if is_sparse(matrix) else matrix
    return isinstance(array, np.ndarray) and _map_under(array) is not None


def size_of(value: Any) -> int:
    """Count the bytes of a value: exactly for arrays and CSR matrices, roughly for lists, texts and what is made of them."""
    if is_sparse(value):
        return sum(int(getattr(value, part).nbytes) for part in ("data", "indices", "indptr"))
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return int(value.nbytes)
    return sys.getsizeof(value) + sum(map(size_of, _parts(value)))


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, np.ndarray):
        return value.ravel()
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return ()


def _let_go(matrix: Matrix, first: int, last: int) -> None:
    if not is_sparse(matrix):
        _let_go_array(matrix, first, last)
    elif is_mapped(matrix):
        begin, end = int(matrix.indptr[first]), int(matrix.indptr[last])
        _let_go_array(matrix.data, begin, end)
        _let_go_array(matrix.indices, begin, end)


def _let_go_array(array: NDArray[Any], first: int, last: int) -> None:
    """Take the pages of ``array[first:last]`` out of this process; the file and the system's cache of it are not touched."""
    mapped = _map_under(array)
    if mapped is None or first == last or not hasattr(mmap, "MADV_DONTNEED"):
        return
    block = array[first:last]
    if not block.flags.c_contiguous:  # its rows are spread over the whole file
        mapped.madvise(mmap.MADV_DONTNEED)
        return
    begin = block.__array_interface__["data"][0] - np.frombuffer(mapped, np.uint8).__array_interface__["data"][0]
    end, begin = begin + block.nbytes, begin - begin % mmap.PAGESIZE
    mapped.madvise(mmap.MADV_DONTNEED, begin, end - begin)


def _map_under(array: NDArray[Any]) -> mmap.mmap | None:
    """Find the map that `array` is a view of; SciPy and slices hide it behind several views."""
    mode, base = "", array
    while isinstance(base, np.ndarray):
        mode, base = getattr(base, "mode", mode), base.base  # type: ignore[assignment]  # the loop ends where it is no array
    # What was written to a copy-on-write map stands in its pages alone, so they must stay.
    return base if isinstance(base, mmap.mmap) and mode != "c" else None
