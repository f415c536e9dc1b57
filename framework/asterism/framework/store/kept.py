"""One result in a store, as it is read back."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..component import Component
from ..errors import ModelError, OutputError
from ..state import Resolve, load_value
from .chunkfiles import LINES, Chunk, good_chunks, map_chunks, read_chunks
from .durable import file_checksum, read_arrays, read_sealed

ENTRY = "entry.json"
"""Written last: an entry that has one is complete. It lists the checksums of `LISTED`; each chunk's own stands in its line."""
ABOUT = "about.json"
STATE = "state.arrays"
VALUE = "value.arrays"
USED = "used"
"""An empty file whose time of change is that of the last use."""
LISTED = (LINES, STATE, VALUE)


def _no_component(reference: str) -> type[Component]:
    raise ModelError(f"the value holds a component, {reference}; give `value` a function that finds its class")


@dataclass(frozen=True, eq=False)
class Kept:
    """One result in a store: complete, or as far as a run came."""

    folder: Path
    key: str
    about: dict[str, Any]
    """What was given to `Store.draft` and `Draft.finish`."""
    n_rows: int
    n_bytes: int
    """Size on the disk."""
    is_complete: bool
    last_used: float
    """Seconds since 1970; never later than now, whatever the clock did."""
    chunks: tuple[Chunk, ...]
    checksums: dict[str, int]
    """Of the files in `LISTED` that the entry has."""

    @classmethod
    def read(cls, folder: Path) -> "Kept":
        """Read what is known of an entry, without a look at its numbers."""
        entry = _read_about(folder / ENTRY)
        about, n_rows, checksums = entry or _read_about(folder / ABOUT) or ({}, 0, {})
        chunks = tuple(read_chunks(folder))
        if not entry:
            n_rows = sum(chunk.rows for chunk in chunks)
        n_bytes = sum(_size(path) for path in folder.iterdir())
        return cls(folder, folder.name, about, n_rows, n_bytes, entry is not None, _last_use(folder), chunks, checksums)

    @classmethod
    def read_whole(cls, folder: Path) -> "Kept | None":
        """Read an entry and check every byte of it; None where it is not complete or anything is damaged."""
        with suppress(OSError):  # a file is missing, or another run is removing the entry
            kept = cls.read(folder)
            present = {name for name in LISTED if (folder / name).exists()}
            unharmed = present == set(kept.checksums) and all(file_checksum(folder / name) == it for name, it in kept.checksums.items())
            if kept.is_complete and unharmed and len(good_chunks(folder)) == len(kept.chunks):
                return kept
        return None

    @property
    def notes(self) -> list[dict[str, Any]]:
        """The note of each chunk; empty where it was given none."""
        return [chunk.note for chunk in self.chunks]

    def value(self, resolve: Resolve = _no_component) -> Any:
        """Give the result: an array or CSR matrix over read-only memory maps, or the value that was given to `finish`.

        `resolve` finds the classes of components that the value holds, as `load_state` has it; matrices, lists and rankings hold none.
        """
        if VALUE in self.checksums:
            return load_value(*self._arrays(VALUE), resolve)
        try:
            return map_chunks(self.folder, self.chunks) if self.chunks else None
        except (OSError, ValueError) as error:
            raise self._is_gone() from error

    def state(self) -> tuple[dict[str, NDArray[Any]], Any] | None:
        """Give the state that was given to `finish`, or None where there was none."""
        return self._arrays(STATE) if STATE in self.checksums else None

    def _arrays(self, name: str) -> tuple[dict[str, NDArray[Any]], Any]:
        stored = read_arrays(self.folder / name)
        if stored is None:
            raise self._is_gone()
        return stored

    def _is_gone(self) -> OutputError:
        return OutputError(f"{self.folder}: was removed or damaged while it was in use; start the same command again")


def _read_about(path: Path) -> tuple[dict[str, Any], int, dict[str, int]] | None:
    """Read what an entry is about, its rows and its checksums; None where that was not written, or not by us."""
    content: Any = read_sealed(path)
    with suppress(KeyError, TypeError, ValueError):
        sums = content["checksums"]
        return dict(content["about"]), int(content["rows"]), {name: int(sums[name]) for name in LISTED if name in sums}
    return None


def rows_of(value: Any) -> int:
    """Count the rows of a value that was not appended; 0 where it has none."""
    if hasattr(value, "shape"):
        return int(value.shape[0]) if value.shape else 0
    return 0 if isinstance(value, str | Mapping) or not hasattr(value, "__len__") else len(value)


def touch(folder: Path) -> None:
    """Note that an entry is in use now."""
    with suppress(OSError):  # it only says what to remove first
        (folder / USED).touch()


def _last_use(folder: Path) -> float:
    with suppress(OSError):
        return min((folder / USED).stat().st_mtime, time.time())
    return 0.0


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0
