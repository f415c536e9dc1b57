"""Where the rows of a stage's result go: into memory while there is room, into the store where one is in use, else to temporary files."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .batches import stacked
from .blocks import size_of
from .store import Draft
from .values import Matrix

FLUSH_BYTES = 32 * 2**20
FLUSH_SECONDS = 0.5
"""Rows are written when so many bytes have come together or so much time has passed; a run that is killed loses no more."""


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
    draft: Draft | None
    """Where the rows are kept; None: only in memory, as long as there is room."""
    spill: Callable[[], Draft]
    """Opens a draft in temporary files."""
    _chunks: list[Matrix] | None = field(default_factory=list)
    """What is held in memory; None once it is too much."""
    _waiting: list[Matrix] = field(default_factory=list)
    _notes: dict[str, Any] = field(default_factory=dict)
    _size: int = 0
    _flushed: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        if self.draft and self.draft.n_rows:  # an earlier run left rows there: the whole is in the file alone
            self._chunks = None

    def add(self, chunk: Matrix | None, note: Mapping[str, Any]) -> None:
        """Take the next rows; `note` is kept with them, the latest where several chunks are written at once (lists are joined)."""
        if chunk is not None and chunk.shape[0]:
            self._size += size_of(chunk)
            self._hold(chunk)
            self._waiting.append(chunk)
        _join(self._notes, note)
        if self.draft and (time.perf_counter() - self._flushed > FLUSH_SECONDS or _bytes(self._waiting) > FLUSH_BYTES):
            self.flush()

    def _hold(self, chunk: Matrix) -> None:
        if self._chunks is None:
            return
        self._chunks.append(chunk)
        if not self.budget.has_room(self._size):
            if self.draft is None:
                self.draft, self._waiting = self.spill(), self._chunks[:-1]
            self._chunks = None

    def flush(self) -> None:
        """Write what is waiting."""
        if self.draft and self._waiting:
            self.draft.append(stacked(self._waiting), self._notes)
            self._waiting, self._notes = [], {}
        self._flushed = time.perf_counter()

    def in_memory(self) -> Matrix | None:
        """Return the whole, where all of it was held; what an earlier run left is not."""
        return stacked(self._chunks) if self._chunks else None


def _join(notes: dict[str, Any], note: Mapping[str, Any]) -> None:
    for name, value in note.items():
        notes[name] = notes.get(name, []) + value if isinstance(value, list) else value


def _bytes(chunks: list[Matrix]) -> int:
    return sum(size_of(chunk) for chunk in chunks)
