"""Many strings in little memory: the ids of a million records cost their letters and eight bytes each, not sixty bytes more."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 4096
"""Strings that are packed, or unpacked, in one go."""


class Strings(Sequence[str]):
    """An unchanging sequence of strings, kept as one block of UTF-8; equal to any sequence of the same strings."""

    def __init__(self, strings: Iterable[str] = ()) -> None:
        block, lengths, source = bytearray(), [np.zeros(1, np.int64)], iter(strings)
        while some := [string.encode("utf-8", "surrogatepass") for string in islice(source, AT_ONCE)]:
            block += b"".join(some)
            lengths.append(np.fromiter(map(len, some), np.int64, len(some)))
        self._block = bytes(block)
        self._ends: NDArray[np.int64] = np.cumsum(np.concatenate(lengths))

    @classmethod
    def joined(cls, parts: Sequence["Strings"]) -> "Strings":
        """Put several together, one after the other."""
        whole = cls()
        whole._block = b"".join(part._block for part in parts)
        whole._ends = np.cumsum(np.concatenate([np.zeros(1, np.int64), *(np.diff(part._ends) for part in parts)]))
        return whole

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        at = range(len(self))[row]
        return self._block[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), AT_ONCE):
            ends = self._ends[start : start + AT_ONCE + 1].tolist()
            block = self._block[ends[0] : ends[-1]]
            for begin, end in pairwise(ends):
                yield block[begin - ends[0] : end - ends[0]].decode("utf-8", "surrogatepass")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Strings):
            return self._block == other._block and np.array_equal(self._ends, other._ends)
        if isinstance(other, Sequence) and not isinstance(other, str | bytes):
            return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # equal to lists, which have none

    def __repr__(self) -> str:
        return f"Strings({self[:5]}{'...' if len(self) > 5 else ''}, {len(self)} in all)"

    @property
    def nbytes(self) -> int:
        """Bytes that they take in memory."""
        return len(self._block) + self._ends.nbytes

    def take(self, rows: Iterable[int]) -> "Strings":
        """Return the strings at `rows`, in that order."""
        return Strings(self[row] for row in rows)

    def repeated(self) -> list[str]:
        """List the strings that stand more than once; hashes are compared first, so that no set of all of them is made."""
        hashes = np.fromiter(map(hash, self), np.int64, len(self))
        order = np.argsort(hashes, kind="stable")
        same = hashes[order[1:]] == hashes[order[:-1]]
        if not same.any():
            return []
        candidates = sorted({*order[1:][same].tolist(), *order[:-1][same].tolist()})
        seen: dict[str, int] = {}
        for row in candidates:
            seen[self[row]] = seen.get(self[row], 0) + 1
        return [string for string, count in seen.items() if count > 1]
