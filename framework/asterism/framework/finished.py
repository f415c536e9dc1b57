"""A run that is over and lies in a folder: what reports, plots, exporters and viewers are given."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .edits import Edits
from .errors import DataError, ModelError
from .pipeline import Pipeline
from .records import Entry, Records
from .result import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RECORDS = "records.parquet"
"""The table of a run: a row for each record, in the order of `Result.ids`."""
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
"""Who may read a database, in its address: nothing that people are shown has it."""
GROUPS = "groups.json"
TITLE_WORDS = 3


@dataclass(eq=False)
class FinishedRun:
    """A run, its folder, and all that is known of it.

    Of a run that is read back from its folder a value is read when it is asked for; what a generator made, and the rankings of
    recommenders, are not among the values then: they are in ``generated/`` and in the table.
    """

    folder: Path
    state: Mapping[str, Any]
    """What ``run.json`` says: spec, source, versions, settings, and of each stage the rows, seconds and memory."""
    pipeline: Pipeline
    """The fitted pipeline."""
    result: Result
    """Ids, values, problems; groups as people edited them."""
    edits: Edits = field(default_factory=Edits)
    """What people changed about the groups."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """How to read each metric of ``metrics.json``, as far as its author tells."""

    @property
    def table(self) -> Path:
        """The Parquet file with a row for each record; groups in it are as they were before any edit."""
        return self.folder / RECORDS

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from .html import as_html

        told = self.state.get("stages", {})
        shapes = {name: " x ".join(f"{about[side]:,}" for side in ("rows", "columns") if side in about) for name, about in told.items()}
        return as_html(self.result, self.titles, shapes)

    @property
    def source(self) -> str:
        """What was read: a path, or the address of a database without user and password."""
        return CREDENTIALS.sub("", str(self.state.get("source") or ""))

    def read_json(self, name: str) -> Any:
        """Read a JSON file of the folder; `ModelError` where there is none, or it is broken."""
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"{self.folder / name}: cannot be read; do the run again") from error

    def groups(self, stage: str) -> dict[int, dict[str, Any]]:
        """Return for each group of a stage, as people edited them, its ``size`` and the texts that each describer gave, by its name.

        What is said of groups that were joined stands in turn: the first word of each, then the second of each, ...
        """
        told, now = self.read_json(GROUPS).get(stage, {}), self.edits.groups_of(stage)
        joined: dict[int, list[dict[str, Any]]] = {}
        for number, about in told.items():
            joined.setdefault(now.get(int(number), int(number)), []).append(about)
        found = {group: _together(parts) for group, parts in sorted(joined.items())}
        for group, name in self.edits.names(stage).items():
            found.get(group, {})["names"] = [name]
        return found

    def titles(self, stage: str) -> dict[int, str]:
        """Return what to call each group of a stage: its name, or else its first keywords, or else its number; -1 is no group."""
        return {group: _title(group, about) for group, about in self.groups(stage).items()}

    def take(self, stage: str, rows: "NDArray[np.int64]") -> Any:
        """Return what a stage gave for some rows, which rise; of a run that is read back no others are read."""
        return _taken(self.result.values, stage, rows)

    def maps(self) -> list[str]:
        """Name the stages that give matrices of two columns, which can be drawn."""
        matrices = self.stages_giving("matrix")
        return [stage for stage in matrices if self.state.get("stages", {}).get(stage, {}).get("columns", 0) == 2]

    def stages_giving(self, what: str) -> list[str]:
        """Name the stages that give ``labels``, ``matrix``, ``scores``, ..."""
        return [name for name, stage in self.result.stages.items() if stage.component.gives == what]

    def records(self) -> Any:
        """Return the records (or interactions) that the run read, one for each of `Result.ids`, in their order.

        Those of a run that is read back are read from its source: `DataError` where that is gone, or holds other records now.
        """
        if self.result.data is None:
            self.result.data = self._read()
        return self.result.data

    def _read(self) -> Any:
        source, modality = self.state.get("source"), self.pipeline.modality
        if source is None or modality is None:
            raise DataError("the run does not say what it read", place=str(self.folder), hint="do the run again")
        data = modality.read(source)
        if not isinstance(data, Records):
            return data.for_users(list(self.result.ids)) if hasattr(data, "for_users") else data
        limit = self.state.get("settings", {}).get("limit")
        data = data if limit is None else data.head(limit)
        if _same(data.ids, self.result.ids):
            return data
        kept = data.with_entries(_Kept(data.entries, frozenset(self.result.ids)))
        if not _same(kept.ids, self.result.ids):
            raise DataError("holds other records than the run read", place=str(source), hint="put the old file back, or do the run again")
        return kept


class EditedValues(Mapping[str, Any]):
    """The values of a run, groups joined as people joined them."""

    def __init__(self, values: Mapping[str, Any], stages: Iterable[str], edits: Edits) -> None:
        self._values, self._stages, self._edits = values, frozenset(stages), edits

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, stage: str) -> Any:
        return self._edited(stage, self._values[stage])

    def take(self, stage: str, rows: "NDArray[np.int64]") -> Any:
        """Return what a stage gave for some rows, which rise."""
        return self._edited(stage, _taken(self._values, stage, rows))

    def _edited(self, stage: str, value: Any) -> Any:
        return self._edits.labels(stage, value) if stage in self._stages else value


def told_of(column: Any, key: str) -> str:
    """Return what the table of a run tells of a column, a pyarrow field: its ``stage``, what that ``gives``, ...; empty: nothing."""
    return str((column.metadata or {}).get(key.encode(), b"").decode())


def _taken(values: Any, stage: str, rows: "NDArray[np.int64]") -> Any:
    return values.take(stage, rows) if hasattr(values, "take") else values[stage][rows]


def _same(ids: Sequence[str], others: Sequence[str]) -> bool:
    return len(ids) == len(others) and all(map(eq, ids, others))


def _together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Say of several groups, joined to one, what was said of each."""
    if len(parts) == 1:
        return dict(parts[0])
    texts = {name: [part.get(name, []) for part in parts] for name in dict.fromkeys(chain.from_iterable(parts)) if name != "size"}
    in_turn = {name: [text for each in zip_longest(*lists) for text in each if text is not None] for name, lists in texts.items()}
    return {"size": sum(part["size"] for part in parts), **{name: list(dict.fromkeys(lists)) for name, lists in in_turn.items()}}


def _title(group: int, about: dict[str, Any]) -> str:
    if group < 0:
        return "no group"
    if names := about.get("names"):
        return str(names[0])
    return ", ".join(about.get("keywords", ())[:TITLE_WORDS]) or f"group {group}"


@dataclass(frozen=True)
class _Kept:
    """The entries that a run did not leave out."""

    entries: Iterable[Entry]
    ids: frozenset[str]

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.id in self.ids)
