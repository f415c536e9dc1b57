"""The run that is viewed, as it is now: groups may be edited while people look, and the folder may go away."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asterism.framework import DataError
from asterism.framework.edits import FILE, Edit, Edits, OutOfDate, add_edits, read_edits
from asterism.framework.finished import EditedValues, FinishedRun

from .failures import GONE, UNFIT, Refused

MOST_DECODING = 2
"""So many records are decoded at one time: a photograph takes hundreds of megabytes."""


class Viewed:
    """A run and what changes about it: edits are read again where their file is another one than before.

    Parameters
    ----------
    run
        The run as it was opened.
    """

    def __init__(self, run: FinishedRun) -> None:
        self.opened, self.decoding = run, threading.BoundedSemaphore(MOST_DECODING)
        self._table, self._edits = _stamp(run.table), _stamp(run.folder / FILE)
        self._run, self._lock, self._source_lock = run, threading.RLock(), threading.Lock()
        self._groups: dict[str, dict[int, dict[str, Any]]] = {}

    @property
    def run(self) -> FinishedRun:
        """The run, edited as it is now; `Refused` where its folder is gone, or holds another run."""
        with self._lock:
            self._check_folder()
            stamp = _stamp(self.opened.folder / FILE)
            if stamp != self._edits:
                self._take(read_edits(self.opened.folder))
                self._edits = stamp
            return self._run

    def groups(self, stage: str) -> dict[int, dict[str, Any]]:
        """Return what is known of each group of a stage, by its number: its ``size``, ``title``, ..."""
        with self._lock:
            run = self.run
            if stage not in run.stages_giving("labels"):
                stages = ", ".join(run.stages_giving("labels")) or "none"
                raise Refused(404, f"no stage '{stage}' gives groups", f"stages that do: {stages}")
            if stage not in self._groups:
                titles, named = run.titles(stage), run.edits.names(stage)
                about = run.groups(stage)
                self._groups[stage] = {group: {**about[group], "title": titles[group], "named": group in named} for group in about}
            return self._groups[stage]

    def edit(self, edits: Sequence[Edit], after: int) -> Edits:
        """Add edits to those of the run and return all; `Refused` where a group does not exist, or somebody was faster."""
        with self._lock:
            for stage in {edit.stage for edit in edits}:
                _check_groups([edit for edit in edits if edit.stage == stage], set(self.groups(stage)))
            try:
                made = add_edits(self.run.folder, edits, after)
            except OutOfDate as error:
                now = self.run.edits
                raise Refused(409, error.reason, error.hint, count=len(now), edits=now.as_json()) from error
            self._take(made)
            return made

    def records(self) -> Any:
        """Return the original records; `Refused` where the source is gone, or holds others now."""
        self.run  # noqa: B018  # to look after the folder
        with self._source_lock:
            try:
                return self.opened.records()
            except DataError as error:
                raise Refused(GONE, f"the original records cannot be read: {error.reason}", f"source: {error.place}") from error

    def _take(self, edits: Edits) -> None:
        known = self.opened.edits.made
        if edits.made[: len(known)] != known:
            raise Refused(409, "the edits of the run are others than before", "start `asterism view` again")
        later = Edits(edits.made[len(known) :])
        stages = self.opened.stages_giving("labels")
        names = {stage: names for stage in stages if (names := edits.names(stage))}
        values = EditedValues(self.opened.result.values, stages, later)
        result = replace(self.opened.result, values=values, names=names)  # type: ignore[arg-type]  # a mapping that reads when it is asked
        self._run, self._groups = replace(self.opened, result=result, edits=edits), {}

    def _check_folder(self) -> None:
        now = _stamp(self.opened.table)
        if now is None:
            raise Refused(GONE, f"the folder of the run is gone: {self.opened.folder}", "put it back, or view another run")
        if now != self._table:
            raise Refused(GONE, "the run was done anew while it was viewed", "start `asterism view` again")


def _check_groups(edits: Sequence[Edit], shown: set[int]) -> None:
    """Refuse groups that are not there, also because an edit before this one joins them to another."""
    for edit in edits:
        if unknown := [group for group in edit.groups if group not in shown]:
            raise Refused(UNFIT, f"stage '{edit.stage}' has no group {unknown[0]}", "look at its groups again")
        shown -= set(edit.groups[1:])


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Tell, cheaply, whether a file is still what it was; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
