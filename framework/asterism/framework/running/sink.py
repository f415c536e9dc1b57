"""Where the rows of a stage's result go: into memory while there is room, into the store where one is in use, else to temporary files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..blocks import size_of
from ..errors import DataError
from ..store import Draft
from ..values import Matrix, is_sparse
from .batches import stacked
from .rhythm import Rhythm

FLUSH_BYTES = 32 * 2**20
"""Rows are written at the latest when so many bytes have come together."""


@dataclass
class Budget:
    """How many bytes of results may be held in memory, and how many are."""

    limit: int
    held: int = 0

    def has_room(self, size: int) -> bool:
        """Tell whether so much more could be held."""
        return self.held + size <= self.limit

    def take(self, size: int) -> bool:
        """Hold so much more, if there is room."""
        fits = self.has_room(size)
        self.held += size if fits else 0
        return fits


@dataclass
class Sink:
    """Takes chunks of rows in order."""

    budget: Budget
    n_rows: int
    """How many rows there may be; fewer where records are left out."""
    draft: Draft | None
    """Where the rows are kept; None: only in memory, as long as there is room."""
    spill: Callable[[], Draft]
    """Opens a draft in temporary files."""
    _whole: "_Whole | None" = None
    """What is held in memory; None once it is too much."""
    _waiting: list[Matrix] = field(default_factory=list)
    _notes: dict[str, Any] = field(default_factory=dict)
    _rhythm: Rhythm = field(default_factory=Rhythm)

    def __post_init__(self) -> None:
        if not (self.draft and self.draft.n_rows):  # an earlier run left rows there: the whole is in the file alone
            self._whole = _Whole(self.n_rows)

    def add(self, chunk: Matrix | None, note: Mapping[str, Any]) -> None:
        """Take the next rows; `note` is kept with them, the latest where several chunks are written at once (lists are joined)."""
        _join(self._notes, note)
        if chunk is not None and chunk.shape[0]:
            self._hold(chunk)
            if self.draft:
                self._waiting.append(chunk)
        if self.draft and (self._rhythm.is_due or sum(map(size_of, self._waiting)) > FLUSH_BYTES):
            self._rhythm.write(self.flush)

    def _hold(self, chunk: Matrix) -> None:
        if self._whole is None:
            return
        if self.budget.has_room(self._whole.size_with(chunk)):
            self._whole.add(chunk)
        else:
            if self.draft is None:
                self.draft, self._waiting = self.spill(), self._whole.parts()
            self._whole = None

    def flush(self) -> None:
        """Write what is waiting."""
        if self.draft and self._waiting:
            self.draft.append(stacked(self._waiting), self._notes)
            self._waiting, self._notes = [], {}

    def in_memory(self) -> Matrix | None:
        """Return the whole, where all of it was held; what an earlier run left is not."""
        return stacked(parts) if self._whole and (parts := self._whole.parts()) else None


@dataclass
class _Whole:
    """A result that grows in memory: an array at its place from the start, so that it is never there twice; CSR matrices in a list."""

    n_rows: int
    array: Matrix | None = None
    filled: int = 0
    chunks: list[Matrix] = field(default_factory=list)
    size: int = 0

    def size_with(self, chunk: Matrix) -> int:
        """Tell how large this is with one chunk more; of an array, how large it will be in the end."""
        return self.size + size_of(chunk) if is_sparse(chunk) else self.n_rows * (size_of(chunk) // chunk.shape[0])

    def add(self, chunk: Matrix) -> None:
        """Take the next rows."""
        if is_sparse(chunk):
            self.chunks.append(chunk)
            self.size += size_of(chunk)
            return
        if self.array is None:
            self.array = np.empty((self.n_rows, *chunk.shape[1:]), chunk.dtype)
        if chunk.dtype != self.array.dtype:
            raise DataError(f"some rows are {self.array.dtype}, others {chunk.dtype}", hint="this is an error of that component")
        self.array[self.filled : self.filled + len(chunk)] = chunk
        self.filled += len(chunk)

    def parts(self) -> list[Matrix]:
        """Return what is there, to be stacked."""
        return self.chunks if self.array is None else [self.array[: self.filled]]


def _join(notes: dict[str, Any], note: Mapping[str, Any]) -> None:
    for name, value in note.items():
        notes[name] = notes.get(name, []) + value if isinstance(value, list) else value
