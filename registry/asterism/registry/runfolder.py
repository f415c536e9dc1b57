"""What is in the folder of a run: the names of its files, who may write it, and `run.json`, which says what was run and how it ended.

A folder belongs to one run at a time, held by a file lock that the system releases when the process ends, however it ends. A run that
did not come to its end leaves its folder to the next one that is the same: the same spec on the same source.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism.framework.errors import OutputError
from asterism.framework.problems import Problem
from asterism.framework.store.durable import write_whole, writing_to

if TYPE_CHECKING:
    from filelock import BaseFileLock

RUNS = Path("runs")
"""Where runs go that are given no folder."""
STATE = "run.json"
TABLE = "records.parquet"
DOCUMENTS = "documents.parquet"
GROUPS = "groups.json"
PICTURES = "pictures"
TABLES = "tables"
GENERATED = "generated"
EVENTS = "events.jsonl"
PREVIEWS = "previews.parquet"
"""How each record is shown; what views a run makes it."""
QUARANTINE = "quarantine.jsonl"
LOCK = ".lock"
RUNNING, COMPLETE, FAILED, CANCELLED = "running", "complete", "failed", "cancelled"
FORMAT = 1
"""Version of `run.json`."""


@dataclass(frozen=True)
class Job:
    """What a run is to do; two runs with one digest are the same run."""

    name: str
    verb: str
    """``fit`` or ``apply``."""
    about: dict[str, Any]
    """What `run.json` says of it: the spec or the model, the source."""
    how: tuple[str, ...] = ()
    """Keys of the spec that do not make another run of it."""

    @property
    def digest(self) -> str:
        """Digest of everything that decides what the run gives, except for the content of the data."""
        what = {**self.about, "verb": self.verb}
        if "spec" in what:
            what["spec"] = {key: value for key, value in what["spec"].items() if key not in self.how}
        return sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@dataclass
class Claim:
    """A folder that no other run writes until the claim is given up."""

    path: Path
    job: Job
    earlier: dict[str, Any] | None
    """What an unfinished run of the same left in `run.json`; None where the folder is new."""
    lock: "BaseFileLock"
    state: dict[str, Any] = field(default_factory=dict)

    def write_state(self, state: str, reason: str = "", **found: Any) -> None:
        """Write `run.json`; what was told before stays in it."""
        begin = {"format": FORMAT, "state": state, "reason": reason, "verb": self.job.verb, "name": self.job.name}
        self.state = {**begin, **self.job.about, "digest": self.job.digest, **self.state, **found, "state": state, "reason": reason}
        write_text(self.path / STATE, json.dumps(self.state, indent=2, ensure_ascii=False) + "\n")

    def write_quarantine(self, records: Iterable[Problem]) -> None:
        """Write one line per record that was left out; no file where there is none."""
        lines = [{"id": "".join(bad.ids[:1]), "place": bad.place, "reason": bad.message, "stage": bad.stage} for bad in records]
        if lines:
            write_text(self.path / QUARANTINE, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        else:
            (self.path / QUARANTINE).unlink(missing_ok=True)

    def clear_drafts(self) -> None:
        """Remove what a run that was killed was just writing."""
        for path in self.path.iterdir():
            if path.name != LOCK and (path.name.startswith(".") or path.suffix == ".tmp"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def remove(self) -> None:
        """Take the folder away again, where the run left nothing in it that is worth keeping."""
        self.clear_drafts()
        for name in (EVENTS, STATE, LOCK):
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):  # what else is in it stays
            self.path.rmdir()


@contextmanager
def claimed(wanted: Path | None, job: Job) -> Iterator[Claim]:
    """Hold the folder of a run: the one wanted, or the first of ``runs/<name>``, ``runs/<name>-2``, ... that is to be had.

    To be had is a folder that is new, or empty, or that an unfinished run of the same job left. `OutputError` where the wanted one is
    none of these, or another run is writing it.
    """
    claim = _claim_wanted(wanted, job) if wanted else next(claim for path in _candidates(job.name) if (claim := _claim(path, job)))
    try:
        yield claim
    finally:
        # While it is still held, so that nobody can hold it then and lose it here.
        (claim.path / LOCK).unlink(missing_ok=True)
        claim.lock.release()


def read_state(folder: Path) -> dict[str, Any] | None:
    """Read the `run.json` of a run; None where there is none that this version can read."""
    state = _read(folder)
    return state if state.get("format") == FORMAT else None


def is_newer(folder: Path) -> bool:
    """Tell whether the `run.json` of a run was written by a newer Asterism."""
    version = _read(folder).get("format")
    return isinstance(version, int) and version > FORMAT


def _read(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def write_text(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all; `OutputError` where the disk is full or fails.

    Half of a surrogate pair, which has no UTF-8, is written as its escape, which JSON reads back.
    """
    with writing_to(path.parent):
        write_whole(path, lambda file: file.write(text.encode(errors="backslashreplace")))


class _Busy(Exception):
    """Another run holds the folder."""


def _claim_wanted(wanted: Path, job: Job) -> Claim:
    try:
        claim = _try_claim(wanted, job)
    except _Busy:
        raise OutputError(f"{wanted}: another run is writing it; name another folder, or wait") from None
    if claim is None:
        raise OutputError(f"{wanted}: is there already and not empty; name another folder, or remove it")
    return claim


def _claim(path: Path, job: Job) -> Claim | None:
    try:
        return _try_claim(path, job)
    except _Busy:
        return None


def _try_claim(path: Path, job: Job) -> Claim | None:
    """Claim a folder; None where it is taken for good, `_Busy` where a run is writing it."""
    from filelock import FileLock, Timeout

    try:
        path.mkdir(parents=True, exist_ok=True)
        if not _is_to_be_had(path, job):  # nothing is written into a folder that is not ours
            return None
        lock = FileLock(path / LOCK)
        lock.acquire(timeout=0)
    except FileExistsError:
        return None
    except Timeout:
        raise _Busy from None
    except OSError as error:
        raise OutputError(f"{path}: cannot be made: {error.strerror}") from error
    if not _is_to_be_had(path, job):  # the run that held it has come to its end
        (path / LOCK).unlink(missing_ok=True)
        lock.release()
        return None
    return Claim(path, job, read_state(path), lock)


def _is_to_be_had(path: Path, job: Job) -> bool:
    state = read_state(path)
    if state is None:  # a run that was killed before it could say anything leaves its lock, or a draft
        return not any(not found.name.startswith((LOCK, f"{STATE}.")) for found in path.iterdir())
    return state.get("state") != COMPLETE and state.get("digest") == job.digest


def _candidates(name: str) -> Iterator[Path]:
    yield RUNS / name
    yield from (RUNS / f"{name}-{number}" for number in count(2))
