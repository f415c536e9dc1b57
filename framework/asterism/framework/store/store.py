"""Results that are kept from run to run, under keys that follow from what they were computed from.

::

    <folder>/format.json               the version of this layout
    <folder>/rates.json                how fast stages were, to tell how long a run will take
    <folder>/locks/<key>.lock          who holds it, alone writes the entry; the system gives it back when a process is killed
    <folder>/<key[:2]>/<key>/          one entry: chunks (chunkfiles.py), state and value, and entry.json once it is complete

Every file carries a checksum (durable.py), and what is damaged is computed again. Nothing that is read can run code, and no name that is
read leads to a file.
"""

import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from ..errors import OutputError
from ..problems import report_problem
from .chunkfiles import ChunkFiles
from .draft import Draft
from .durable import read_sealed, seal, write_whole, writing_to
from .kept import ENTRY, Kept, touch

__all__ = ["Draft", "Kept", "Store"]

FORMAT = 1
"""Version of the layout."""
_FORMAT_FILE, _IGNORE_FILE, _RATES_FILE = "format.json", ".gitignore", "rates.json"
_KEY = re.compile("[0-9a-f]{8,128}")
_BETWEEN_TRIES = 0.1


class Store:
    """Results by key, in a folder of their own, which is made where it is missing.

    Several processes may use one store at once. `OutputError` where the folder cannot be used.

    Parameters
    ----------
    folder
        Where the results are kept.
    durable
        Whether what is kept must outlive a loss of power, which costs time; a killed process never loses anything.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder, self.durable = Path(folder), durable
        try:
            self._open()
        except OSError as error:
            raise self._unusable(f"cannot keep results ({error.strerror})") from error

    @classmethod
    @contextmanager
    def temporary(cls, parent: Path | None = None) -> Iterator[Self]:
        """Give a store in a temporary folder, by default one of the system's, which is removed at the end of the context."""
        if parent is None and "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):  # noqa: S108  # a fresh folder in it
            # On many systems /tmp is a part of memory, which is what a run wants to spare; who sets TMPDIR has chosen.
            parent = Path("/var/tmp")  # noqa: S108  # likewise
        with tempfile.TemporaryDirectory(prefix=".asterism-", dir=parent, ignore_cleanup_errors=True) as folder:
            yield cls(Path(folder), durable=False)

    def find(self, key: str) -> Kept | None:
        """Give the complete entry of `key` after a check of every byte, or None.

        A damaged one is reported, and cut back to a draft that ends before the damage.
        """
        folder = self._entry(key)
        if not (folder / ENTRY).exists():
            return None
        if kept := Kept.read_whole(folder):
            touch(folder)
            return kept
        with self._try_lock(key) as is_locked:  # where another run has it, that one mends it
            return self._whole_or_mended(folder) if is_locked else None

    @contextmanager
    def draft(self, key: str, about: Mapping[str, Any], waiting: Callable[[], None] | None = None) -> Iterator[Draft]:
        """Take the entry of `key` for this process alone and give it for writing, with what an earlier run left of it.

        While another process has it, `waiting` is called about every tenth of a second; it may raise. That process may finish the
        entry: see `Draft.complete`. `about` is what a person would know it by, as JSON can hold it.
        """
        folder = self._entry(key)
        while True:
            with self._try_lock(key) as is_locked:
                if is_locked:
                    with closing(Draft(folder, about, self.folder, self.durable, self._whole_or_mended(folder))) as draft:
                        yield draft
                    return
            if waiting:
                waiting()
            time.sleep(_BETWEEN_TRIES)

    def entries(self) -> list[Kept]:
        """List all entries by key, complete or not, without a check of their numbers."""
        found = []
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            if _KEY.fullmatch(folder.name) and not folder.is_symlink() and not folder.parent.is_symlink():
                with suppress(OSError):  # another process is removing it
                    found.append(Kept.read(folder))
        return found

    @property
    def size(self) -> int:
        """Bytes that all entries take on the disk."""
        return sum(kept.n_bytes for kept in self.entries())

    def remove(self, key: str) -> bool:
        """Remove an entry; False where there is none, or a run is writing it."""
        folder = self._entry(key)
        with self._try_lock(key) as is_locked:
            if not is_locked or not folder.exists():
                return False
            with writing_to(self.folder):
                (folder / ENTRY).unlink(missing_ok=True)  # first, so that what is half removed is no damaged entry
                shutil.rmtree(folder)
            return True

    def prune(self, max_bytes: int | None = None, older_than_days: float | None = None, all_: bool = False) -> list[Kept]:
        """Remove entries, the least recently used first, and list what was removed; what a run is writing stays.

        With `max_bytes`, until the rest takes no more than that; with `older_than_days`, what was not used for so long; with `all_`, all.
        """
        entries = sorted(self.entries(), key=lambda kept: (kept.last_used, kept.key))
        left, before = sum(kept.n_bytes for kept in entries), time.time() - 86400 * (older_than_days or 0)
        removed = []
        for kept in entries:
            is_old = older_than_days is not None and kept.last_used < before
            is_too_much = max_bytes is not None and left > max_bytes
            if (all_ or is_old or is_too_much) and self.remove(kept.key):
                removed.append(kept)
                left -= kept.n_bytes
        return removed

    def rates(self) -> dict[str, float]:
        """Give the rows per second of earlier runs by name; empty where nothing is known."""
        stored = (read_sealed(self.folder / _RATES_FILE) or {}).items()
        return {name: float(rate) for name, rate in stored if isinstance(rate, int | float) and 0 < rate < math.inf}

    def learn_rate(self, name: str, rows_per_second: float) -> None:
        """Remember how fast something was: half of what was known, half of this."""
        if not 0 < rows_per_second < math.inf:  # too fast to be measured
            return
        # A rate only helps to tell how long a run will take, so a run neither waits for it nor fails because of it.
        with suppress(OSError, OutputError), self._try_lock("rates") as is_locked:
            if is_locked:
                rates = self.rates()
                line = seal(rates | {name: (rates.get(name, rows_per_second) + rows_per_second) / 2})
                write_whole(self.folder / _RATES_FILE, lambda file: file.write(line), durable=False)

    def _open(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        foreign = [path.name for path in self.folder.iterdir() if not path.name.startswith((_FORMAT_FILE, _IGNORE_FILE))]
        # Read after the folder was listed: another run may be making the same store.
        if (self.folder / _FORMAT_FILE).exists():
            self._check_format()
        elif foreign:
            raise self._unusable(f"is no store of results, and holds {sorted(foreign)[0]!r}")
        else:
            write_whole(self.folder / _FORMAT_FILE, lambda file: file.write(b'{"format": %d}\n' % FORMAT), self.durable)
        if not (self.folder / _IGNORE_FILE).exists():
            (self.folder / _IGNORE_FILE).write_text("*\n", encoding="utf-8")
        (self.folder / "locks").mkdir(exist_ok=True)
        if not os.access(self.folder, os.W_OK):
            raise self._unusable("cannot keep results (it is read-only)")

    def _check_format(self) -> None:
        text = (self.folder / _FORMAT_FILE).read_text(encoding="utf-8", errors="replace")
        found = re.fullmatch(r'\{"format": (\d{1,9})\}\s*', text)
        if found is None:
            raise self._unusable(f"its {_FORMAT_FILE} was changed")
        if int(found[1]) != FORMAT:
            raise self._unusable(f"holds results of format {found[1]}, this Asterism reads format {FORMAT}")

    def _unusable(self, reason: str) -> OutputError:
        return OutputError(f"{self.folder}: {reason}; choose another folder for the results, or remove this one")

    def _entry(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key is 8 to 128 hexadecimal digits (got {key!r})")
        folder = self.folder / key[:2] / key
        links = [path for path in (folder.parent, folder, *_inside(folder)) if path.is_symlink()]
        if links:
            raise OutputError(f"{links[0]}: is a symbolic link, and a store of results holds none; remove it")
        return folder

    def _whole_or_mended(self, folder: Path) -> Kept | None:
        """Give the entry where it is complete; where it is damaged, make it a draft again. Only for who holds its lock."""
        if not (folder / ENTRY).exists():
            return None
        if kept := Kept.read_whole(folder):
            touch(folder)
            return kept
        with writing_to(self.folder):
            (folder / ENTRY).unlink()
            n_rows = sum(chunk.rows for chunk in ChunkFiles(folder, self.durable).chunks)
        report_problem(f"{folder}: was damaged; the {n_rows} rows before the damage are kept, the others are computed again")
        return None

    @contextmanager
    def _try_lock(self, name: str) -> Iterator[bool]:
        """Take a lock if nobody has it. Lock files stay for good: who removed one could let two processes in."""
        from filelock import FileLock, Timeout  # only a run that keeps something needs it

        lock = FileLock(self.folder / "locks" / f"{name}.lock", timeout=0, thread_local=False)
        with writing_to(self.folder), suppress(Timeout):
            lock.acquire()
        try:
            yield lock.is_locked
        finally:
            lock.release()


def _inside(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []
