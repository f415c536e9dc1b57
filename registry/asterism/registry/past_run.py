"""A run that is over, read back from its folder: ids, known classes, the groups of its stages, metrics; only what is asked for is read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from asterism.framework.errors import DataError, ModelError
from asterism.framework.values import Labels, Scores

from .runfolder import COMPLETE, EVENTS, TABLE, is_newer, read_state

METRICS = "metrics.json"


@dataclass(frozen=True)
class PastRun:
    """What `open_run` found in a folder."""

    path: Path
    columns: dict[str, list[Any]]
    """By stage: the columns of the table, as pyarrow fields, that hold what it gave."""
    state: dict[str, Any] = field(default_factory=dict)
    """What the run wrote of itself into `run.json`."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that give groups."""
        return self.giving("labels")

    def giving(self, what: str) -> tuple[str, ...]:
        """Name the stages that give ``labels``, ``scores``, ..."""
        return tuple(stage for stage, fields in self.columns.items() if fields[0].metadata[b"gives"].decode() == what)

    @property
    def fingerprint(self) -> str:
        """Digest of its data, where the run wrote one down."""
        return str(self.state.get("fingerprint", ""))

    @property
    def row_count(self) -> int:
        """How many records the run has."""
        with opened_table(self.path) as table:
            return int(table.metadata.num_rows)

    def has(self, column: str) -> bool:
        """Tell whether the table has a column."""
        with opened_table(self.path) as table:
            return column in table.schema_arrow.names

    def strings(self, column: str) -> list[str]:
        """Read a column of strings."""
        return cast("list[str]", _read(self.path, column).to_pylist())

    def batches(self, *columns: str) -> Iterator[Any]:
        """Read columns bit by bit, as batches of pyarrow."""
        with opened_table(self.path) as table:
            yield from table.iter_batches(columns=list(columns))

    def take(self, rows: NDArray[np.int64], *columns: str) -> Iterator[Any]:
        """Read columns at some rows, which rise, bit by bit."""
        start = 0
        for batch in self.batches(*columns):
            first, last = np.searchsorted(rows, [start, start + len(batch)])
            if first < last:
                yield batch.take(rows[first:last] - start)
            start += len(batch)

    def ids(self) -> Any:
        """Read the ids of the records, as a pyarrow array."""
        import pyarrow as pa

        return _read(self.path, "id").cast(pa.large_string()).combine_chunks()

    def labels(self, stage: str) -> Labels:
        """Read the groups that a stage gave; `DataError` where it is none that gives groups."""
        if stage not in self.stages:
            close = get_close_matches(stage, self.stages, n=1)
            others = f"did you mean '{close[0]}'?" if close else f"there {_these(self.stages)}"
            raise DataError(f"no stage '{stage}' gives groups there", place=str(self.path), hint=others)
        return cast(Labels, _read(self.path, self.columns[stage][0].name).to_numpy())

    def scores(self, stage: str) -> Scores:
        """Read the scores that a stage gave."""
        return cast(Scores, _read(self.path, self.columns[stage][0].name).to_numpy())

    def targets(self) -> list[str] | None:
        """Read the known classes of the records; None where the run knew none."""
        return self.strings("target") if self.has("target") else None

    def metrics(self) -> dict[str, dict[str, float]]:
        """Read every metric, by stage and name."""
        path = self.path / METRICS
        try:
            stages = json.loads(path.read_text(encoding="utf-8"))
            return {stage: {name: float(number) for name, number in found.items()} for stage, found in stages.items()}
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise ModelError(f"{path}: does not hold the metrics of a run; do the run again") from error


def open_run(path: Path) -> PastRun:
    """Look into the folder of a run; `ModelError` where there is none, or where it is not complete."""
    state = _check_folder(path)
    with opened_table(path) as table:
        schema = table.schema_arrow
    if "id" not in schema.names:
        raise ModelError(f"{path / TABLE}: is no table of a run: it has no column 'id'")
    return PastRun(path, columns_of(schema), state)


def columns_of(schema: Any) -> dict[str, list[Any]]:
    """Tell by stage which columns of a table hold what it gave; other columns say something about it, and are left out."""
    import pyarrow as pa

    found: dict[str, list[Any]] = {}
    for column in schema:
        if column.metadata and b"gives" in column.metadata:
            found.setdefault(column.metadata[b"stage"].decode(), []).append(column)
    # In tables that do not say what is what, because they are older, labels are the only whole numbers.
    groups = [] if found else [column for column in schema if pa.types.is_integer(column.type)]
    return found or {column.name: [column.with_metadata({"stage": column.name, "gives": "labels"})] for column in groups}


def shared_rows(before: Any, after: Any) -> tuple[Any, Any]:
    """Return where the records that two runs share stand in each, in the order of the earlier one; `before` and `after` are ids."""
    import pyarrow.compute as pc

    found = pc.index_in(before, value_set=after)
    return found.is_valid().to_numpy(zero_copy_only=False).nonzero()[0], found.drop_null().to_numpy().astype("int64")


def _check_folder(path: Path) -> dict[str, Any]:
    """Return what the run wrote of itself into `run.json`."""
    if not path.is_dir():
        near = [other.name for other in path.parent.iterdir() if other.is_dir()] if path.parent.is_dir() else []
        close = get_close_matches(path.name, near, n=1)
        raise ModelError(f"{path}: there is no such folder{f'; did you mean {str(path.parent / close[0])!r}?' if close else ''}")
    if is_newer(path):
        raise ModelError(f"{path}: was written by a newer Asterism; install that one")
    state = read_state(path)
    missing = [name for name in (TABLE, METRICS) if not (path / name).is_file()]
    if state is None and len(missing) == 2 and not (path / EVENTS).is_file():
        raise ModelError(f"{path}: is not the folder of a run: it has no {TABLE}")
    if state is not None and state.get("state") != COMPLETE:
        raise ModelError(f"{path}: the run did not come to its end, it is {state.get('state')}; start it again, and it goes on")
    if missing:
        raise ModelError(f"{path}: the run did not come to its end: it has no {missing[0]}; start it again")
    return state or {}


def _read(path: Path, column: str) -> Any:
    with opened_table(path) as table:
        return table.read(columns=[column])[column]


@contextmanager
def opened_table(folder: Path) -> Iterator[Any]:
    """Open the table of a run; `ModelError` where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / TABLE
    try:
        with pq.ParquetFile(path) as table:
            yield table
    except (OSError, pa.ArrowInvalid) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error


def _these(stages: tuple[str, ...]) -> str:
    return f"are {', '.join(stages)}" if stages else "is none"
