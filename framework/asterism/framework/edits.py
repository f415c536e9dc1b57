"""What people changed about the groups of a run: names given to them, and groups joined; a list that only grows.

It lies in the folder of the run as ``edits.jsonl``, one edit a line. The results of the run stay as they were: whoever reads them
applies the edits, and so does whoever applies the model of the run to new data.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DataError, ModelError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import Labels

FILE = "edits.jsonl"
LOCK = ".edits.lock"
MOST_CHARACTERS = 200
SECONDS_OF_WAITING = 10


@dataclass(frozen=True)
class Edit:
    """One change: some groups of a stage become the first of them, and it is given a name."""

    stage: str
    groups: tuple[int, ...]
    """As results show them at the time of the edit; a single one where nothing is joined."""
    name: str = ""
    """What the group is called from now on; empty: as it was."""

    def __post_init__(self) -> None:
        if not self.groups or min(self.groups) < 0 or len(set(self.groups)) < len(self.groups):
            reason = f"an edit is about one group or several different ones, from 0 on (got {list(self.groups)})"
            raise DataError(reason, place=f"stage '{self.stage}'", hint="records of no group (-1) cannot be joined or named")
        if len(self.groups) == 1 and not self.name.strip():
            raise DataError("an edit of one group gives it a name", place=f"stage '{self.stage}'", hint="write a name")
        if len(self.name) > MOST_CHARACTERS:
            reason = f"a name has at most {MOST_CHARACTERS} characters (got {len(self.name):,})"
            raise DataError(reason, place=f"stage '{self.stage}'", hint="write a shorter one")


class OutOfDate(DataError):
    """Somebody else has edited the run in the meantime."""


@dataclass(frozen=True)
class Edits:
    """All edits of a run, in the order in which they were made."""

    made: tuple[Edit, ...] = ()

    def __len__(self) -> int:
        return len(self.made)

    def groups_of(self, stage: str) -> dict[int, int]:
        """Tell for every group that was joined to another the one whose number it has now."""
        now: dict[int, int] = {}
        for edit in self.made:
            first, others = edit.groups[0], set(edit.groups[1:])
            if edit.stage == stage:
                before = {group: first for group, shown in now.items() if shown in others}
                now |= before | dict.fromkeys(others - now.keys(), first)
        return now

    def labels(self, stage: str, labels: "Labels") -> "Labels":
        """Return the groups of records with those joined that were joined."""
        now = self.groups_of(stage)
        if not now:
            return labels
        groups, places = np.unique(labels, return_inverse=True)
        return np.array([now.get(group, group) for group in groups.tolist()], np.int64)[places]

    def names(self, stage: str) -> dict[int, str]:
        """Return the name of every group that was given one, the latest where there were several."""
        now, names = self.groups_of(stage), dict[int, str]()
        for edit in self.made:
            if edit.stage == stage and edit.name.strip():
                names[now.get(edit.groups[0], edit.groups[0])] = " ".join(edit.name.split())
        return names

    def as_json(self) -> list[dict[str, Any]]:
        """Return them as plain data."""
        return [asdict(edit) | {"groups": list(edit.groups)} for edit in self.made]

    @classmethod
    def of_json(cls, edits: Iterable[Any]) -> "Edits":
        """Read what `as_json` gave; `DataError`, `TypeError` or `KeyError` where it is anything else."""
        return cls(tuple(Edit(str(edit["stage"]), tuple(map(int, edit["groups"])), str(edit.get("name", ""))) for edit in edits))


def read_edits(folder: Path) -> Edits:
    """Read the edits of the run in `folder`, none where there is no such file; `ModelError` where it holds anything else."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return Edits()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    try:
        return Edits.of_json(map(json.loads, lines))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, DataError) as error:
        raise ModelError(f"{path}: holds something else than edits; mend it, or move it away") from error


def add_edits(folder: Path, edits: Sequence[Edit], after: int) -> Edits:
    """Append edits to those of the run in `folder` and return all.

    `after` is how many the caller has seen. `OutOfDate` where there are more: two people edit one run, and the later one must look
    first. `OutputError` where the file cannot be written.
    """
    with _held(folder):
        before = read_edits(folder)
        if len(before) != after:
            reason = f"the run was edited in the meantime ({len(before)} edits, {after} were known)"
            raise OutOfDate(reason, place=str(folder), hint="look at its groups again, and edit them then")
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in Edits(tuple(edits)).as_json())
        try:
            with (folder / FILE).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(lines)
        except OSError as error:
            raise OutputError(f"{folder / FILE}: cannot be written: {error.strerror}") from error
    return Edits((*before.made, *edits))


@contextmanager
def _held(folder: Path) -> "Iterator[None]":
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / LOCK, timeout=SECONDS_OF_WAITING):
            yield
    except Timeout as error:
        raise OutputError(f"{folder}: another program holds {LOCK}; try again, or remove it where none does") from error
