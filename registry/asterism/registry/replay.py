"""Do a run again and hold every stage against what it gave then, bit for bit; tell the first difference, and what has changed since."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from asterism.framework.edits import Edits
from asterism.framework.errors import ModelError
from asterism.framework.pipeline import Pipeline
from asterism.framework.result import Result
from asterism.framework.settings import Settings

from .artifact import fitted_by, provider_versions
from .circumstances import circumstances, results_of
from .past_run import columns_of
from .runfolder import COMPLETE, TABLE, read_state
from .runs import edited
from .table import write_table

if TYPE_CHECKING:
    import threading

    from .discovery import Discovery


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was."""

    what: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.what}: was {self.before}, is {self.now}"


@dataclass(frozen=True)
class Replay:
    """What came of doing a run again."""

    stages: dict[str, bool]
    """By stage: is its result the same, bit for bit?"""
    changes: list[Difference] = field(default_factory=list)
    """What has changed around the run: data, versions, threads."""
    first: str = ""
    """Where the first difference lies: a stage, and the first record whose row differs."""

    @property
    def is_same(self) -> bool:
        """True where every stage gave the same."""
        return all(self.stages.values())

    def __str__(self) -> str:
        lines = [f"{'same' if same else 'DIFFERENT':9}  {name}" for name, same in self.stages.items()]
        lines += ["", f"the first difference: {self.first}"] if self.first else []
        if self.changes:
            lines += ["", "what has changed since:", *(f"  {change}" for change in self.changes)]
        elif not self.is_same:
            lines += ["", "nothing that is known to matter has changed since: a component does not give the same answer twice"]
        return "\n".join(lines)


def replay(discovery: "Discovery", folder: Path, *, hooks: Iterable[object] = (), cancel: "threading.Event | None" = None) -> Replay:
    """Do the run of a folder again, nothing taken from a cache and nothing written; `ModelError` where the folder does not say how."""
    state = _state_of(folder)
    pipeline = _pipeline_of(discovery, folder, state)
    with TemporaryDirectory(prefix="asterism-") as scratch:
        settings = _settings_of(discovery, state, Path(scratch))
        go = pipeline.fit if state["verb"] == "fit" else pipeline.apply
        result = edited(go(state["source"], hooks=hooks, cancel=cancel, settings=settings), Edits.of_json(state.get("edits", ())))
        now = {**results_of(result), **circumstances(settings, provider_versions(discovery, pipeline))}
        same = {name: stage["digest"] == now["stages"].get(name, {}).get("digest") for name, stage in state["stages"].items()}
        first = next((name for name, is_same in same.items() if not is_same), "")
        return Replay(same, list(_changes(state, now)), _place(folder, result, first, Path(scratch)) if first else "")


def _state_of(folder: Path) -> dict[str, Any]:
    state = read_state(folder)
    if state is None:
        raise ModelError(f"{folder}: is not the folder of a run: it has no run.json that can be read")
    if state.get("state") != COMPLETE:
        raise ModelError(f"{folder}: the run did not come to its end, it is {state.get('state')}; start it again, and it goes on")
    if missing := [name for name in ("verb", "source", "stages", "settings", "versions") if name not in state]:
        raise ModelError(f"{folder}: its run.json does not say {missing[0]}; do the run again")
    return state


def _pipeline_of(discovery: "Discovery", folder: Path, state: dict[str, Any]) -> Pipeline:
    """Build the pipeline anew, with nothing learned; for a run that applied a model, load that model."""
    fitted = fitted_by(discovery, folder, state)
    if state["verb"] == "apply":
        return fitted
    stages = [replace(stage, component=type(stage.component)(**stage.component.get_params(deep=False))) for stage in fitted]
    return Pipeline(stages, modality=fitted.modality, name=fitted.name)


def _settings_of(discovery: "Discovery", state: dict[str, Any], scratch: Path) -> Settings:
    before = state["settings"]
    workers = None if before["workers"] == "auto" else before["workers"]
    engine = discovery.load("engine", state.get("spec", {}).get("engine", "local"))(workers=workers, timeout=before["timeout"])
    how = {name: before[name] for name in ("memory", "strict", "max_bad", "limit")}
    return Settings(engine=engine, scratch=scratch, **how)


def _changes(before: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    """Compare data, versions and threads."""
    for name, word in (("fingerprint", "the data (fingerprint)"), ("records", "records"), ("quarantined", "records left out")):
        if before.get(name) != now[name]:
            yield Difference(word, str(before.get(name))[:12], str(now[name])[:12])
    for name, version in {**before["versions"], **now["versions"]}.items():
        pair = before["versions"].get(name, "none"), now["versions"].get(name, "none")
        if version and pair[0] != pair[1] and "none" not in pair:
            yield Difference(name, *pair)
    for name in ("threads", "workers", "memory"):
        if before["settings"].get(name) != now["settings"][name]:
            yield Difference(name, before["settings"].get(name), now["settings"][name])


def _place(folder: Path, result: Result, stage: str, scratch: Path) -> str:
    """Say where a stage differs first: the record, as far as the table of the run tells."""
    write_table(result, scratch / TABLE)
    with suppress(Exception):  # a table that is gone or of another shape: the stage is told at least
        before, now = (_rows(path / TABLE, stage) for path in (folder, scratch))
        for (identity, values), (other, others) in zip(before, now, strict=True):
            if identity != other:
                return f"{stage}: record '{identity}' stands where '{other}' stands now"
            if values != others:
                return f"{stage}: record '{identity}'"
    return stage


def _rows(path: Path, stage: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the id and the values of a stage, record by record."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        columns = [column.name for column in columns_of(file.schema_arrow).get(stage, ())]
        for batch in file.iter_batches(columns=["id", *columns]):
            yield from (
                (identity, values)
                for identity, *values in zip(*(batch.column(i).to_pylist() for i in range(batch.num_columns)), strict=True)
            )
