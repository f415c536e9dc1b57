"""A run in a folder: model/, records.parquet, groups.json, metrics.json, summary.txt, events.jsonl, and what else there is to tell."""

import json
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from asterism.framework.edits import Edits, read_edits
from asterism.framework.errors import Cancelled, DataError
from asterism.framework.finished import FinishedRun
from asterism.framework.hooks import hook_manager
from asterism.framework.measures import is_in_detail
from asterism.framework.memory import available
from asterism.framework.pipeline import Pipeline
from asterism.framework.problems import problems_to, report_problem
from asterism.framework.result import Result
from asterism.framework.settings import Settings
from asterism.framework.store.durable import writing_to

from .artifact import MANIFEST, load, provider_versions, read_manifest, save
from .circumstances import circumstances, results_of
from .events import EventLog
from .facts import DESCRIBER, METRIC, PICTURE, Functions, describe, draw, inapplicable, load_functions, meaning, measure, not_on_request
from .options import HOW, Options
from .rollup import PARENT, roll_up
from .runfolder import (
    CANCELLED,
    COMPLETE,
    DOCUMENTS,
    EVENTS,
    FAILED,
    GENERATED,
    GROUPS,
    PICTURES,
    RUNNING,
    TABLE,
    TABLES,
    Claim,
    Job,
    claimed,
    write_text,
)
from .summary import summarize
from .table import write_table

if TYPE_CHECKING:
    from .build import Plan
    from .discovery import Discovery


Descriptions: TypeAlias = dict[str, dict[str, dict[int, list[str]]]]
"""What describers say, by stage, describer and group."""
NAMES = "names"
"""The describer that tells names of groups."""


@dataclass
class RunFolder:
    """What a run left on disk."""

    path: Path
    summary: str
    metrics: dict[str, dict[str, float]]
    result: Result
    meanings: dict[str, str]
    """How to read a metric, as far as its author tells."""
    cache: Path | None = None
    """Where the results of the stages are kept for later runs; None where nothing is."""


def run_plan(
    discovery: "Discovery", plan: "Plan", out: Path | None, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None
) -> RunFolder:
    """Fit the pipeline of a plan on its source and write everything into a folder.

    Where a stage fails, what the stages before it gave is written all the same, and the error is raised then. The same run started
    again goes on in the same folder.
    """
    if not (plan.path or plan.sample):
        raise DataError("the spec names nothing to read", place="source", hint="give it a `path`, or a `sample`")
    job = Job(plan.name, "fit", {"spec": plan.filled, "source": _absolute(plan.path)}, HOW)

    def fit(claim: Claim, **how: Any) -> Result:
        source = plan.path or _sample(discovery, str(plan.sample), claim)
        result = plan.pipeline.fit(source, cancel=cancel, **how)
        shutil.rmtree(claim.path / "model", ignore_errors=True)  # of a run that was stopped after it was saved
        save(discovery, plan.pipeline, claim.path / "model")  # first: it is what took the longest to make
        return result

    return _run(discovery, plan.pipeline, job, out, plan.options, hooks, fit)


def apply_model(
    discovery: "Discovery",
    model: Path,
    source: str,
    out: Path | None,
    changes: Sequence[str] = (),
    *,
    options: Options | None = None,
    hooks: Iterable[object] = (),
    cancel: threading.Event | None = None,
) -> RunFolder:
    """Apply a saved pipeline (a model folder, or the run folder around it) to new data; errors as for `run_plan`.

    `changes` such as ``source.id=null`` tell how data are read that have other columns than those of the fit.
    """
    inner = model / "model"
    folder = inner if (inner / MANIFEST).is_file() else model
    pipeline = load(discovery, folder, changes)
    edits = read_edits(model) if folder == inner else Edits()
    about = {"model": str(folder.absolute()), "model_digest": read_manifest(folder)["digest"], "changes": list(changes)}
    about |= {"edits": edits.as_json()} if edits else {}
    job = Job(f"{pipeline.name}-apply", "apply", {**about, "source": _absolute(source)})

    def apply(claim: Claim, **how: Any) -> Result:
        return edited(pipeline.apply(source, cancel=cancel, **how), edits)

    return _run(discovery, pipeline, job, out, options or Options(), hooks, apply)


def edited(result: Result, edits: Edits) -> Result:
    """Join and name the groups of a result as people did those of the run whose model gave it."""
    for name, value in result.values.items():
        if result.stages[name].component.gives == "labels":
            result.values[name] = edits.labels(name, value)
            result.names[name] = edits.names(name)
    return result


def _run(
    discovery: "Discovery",
    pipeline: Pipeline,
    job: Job,
    out: Path | None,
    options: Options,
    hooks: Iterable[object],
    go: Callable[..., Result],
) -> RunFolder:
    """Fit or apply in a folder that says at every moment how far it has come."""
    settings = options.settings()  # before a folder is made: where nothing can be kept, there is no run

    def write(claim: Claim, result: Result) -> RunFolder:
        claim.write_quarantine(result.quarantine)
        return write_results(discovery, pipeline, result, claim.path, options)

    with claimed(out, job) as claim:
        claim.clear_drafts()
        settings = replace(settings, memory=_memory(settings, claim), scratch=claim.path)
        claim.write_state(RUNNING, **circumstances(settings, provider_versions(discovery, pipeline)))
        try:
            with EventLog(claim.path / EVENTS) as log:
                result = go(claim, hooks=[log, *hooks], settings=settings)
            run = write(claim, result)
        except BaseException as error:
            _keep_what_is_done(claim, error, write)
            raise
        claim.write_state(COMPLETE, **results_of(result), **circumstances(settings, provider_versions(discovery, pipeline)))
        with problems_to(result.problems.append):
            hook_manager(hooks).hook.after_write(run=FinishedRun(claim.path, claim.state, pipeline, result, meanings=run.meanings))
        return run


def _memory(settings: Settings, claim: Claim) -> int:
    """Return the budget: what was asked for, or what the unfinished run had, or half of what is free."""
    before = (claim.earlier or {}).get("settings", {}).get("memory")
    return next(int(memory) for memory in (settings.memory, before, available() // 2) if memory is not None)


def _sample(discovery: "Discovery", name: str, claim: Claim) -> str:
    """Write the sample into the folder, or find the one that an unfinished run wrote; return the path to read."""
    folder = claim.path / "data"
    if folder.exists() and claim.earlier and claim.earlier.get("source"):
        claim.write_state(RUNNING, source=claim.earlier["source"])
        return str(claim.earlier["source"])
    draft = claim.path / ".data"
    with writing_to(claim.path):
        path = Path(discovery.load("sample", name)(draft))
    source = str((folder / path.relative_to(draft)).absolute())
    claim.write_state(RUNNING, source=source)
    draft.rename(folder)
    return source


def _keep_what_is_done(claim: Claim, error: BaseException, write: Callable[[Claim, Result], RunFolder]) -> None:
    found: Result | None = getattr(error, "partial", None)
    is_read = found is not None and len(found.ids) > 0
    if not is_read and claim.earlier is None and not (claim.path / "data").exists():
        claim.remove()  # nothing was read, so nothing is worth keeping, and the next try wants the folder
        return
    try:
        _write_partial(claim, error, found, write)
    except Exception as second:  # on a full disk, say; the first error is the one to be told
        error.add_note(f"what was done could not be written: {type(second).__name__}: {second}")


def _write_partial(claim: Claim, error: BaseException, found: Result | None, write: Callable[[Claim, Result], RunFolder]) -> None:
    at_once = isinstance(error, KeyboardInterrupt)
    state = CANCELLED if at_once or isinstance(error, Cancelled) else FAILED
    claim.write_state(state, str(error) or type(error).__name__, **(results_of(found, digests=not at_once) if found else {}))
    if found is not None:
        claim.write_quarantine(found.quarantine)
        if found.values and not at_once:
            write(claim, found)
            error.add_note(f"what the stages {', '.join(found.values)} gave is kept in {claim.path}")


def write_results(discovery: "Discovery", pipeline: Pipeline, result: Result, folder: Path, options: Options) -> RunFolder:
    """Measure a result, and write what it is into a folder: table, metrics, summary, pictures and what was generated."""
    with problems_to(result.problems.append):
        metrics = _functions(discovery, METRIC, options.metrics, result)
        found = measure(metrics, result)
        describers = not_on_request(load_functions(discovery, DESCRIBER))
        descriptions = _with_names(describe(describers, result), result.names)
        write_table(result, folder / TABLE)
        if PARENT in result.about:
            write_table(roll_up(result), folder / DOCUMENTS)
        with writing_to(folder):
            _draw(discovery, pipeline, result, folder, options.pictures)
            _write_tables(result, folder)
    meanings = {name: meaning(function) for name, function in metrics.items()}
    details = [name for name, function in describers.items() if is_in_detail(function)]
    summary = summarize(pipeline.name, result, found, descriptions, meanings, options.cache, details)
    write_text(folder / "metrics.json", json.dumps(found, indent=2) + "\n")
    write_text(folder / GROUPS, json.dumps(_groups(result, descriptions), indent=2, ensure_ascii=False) + "\n")
    write_text(folder / "summary.txt", summary)
    _write_generated(pipeline, folder, result)
    return RunFolder(folder, summary, found, result, meanings, options.cache)


def _with_names(descriptions: Descriptions, names: dict[str, dict[int, str]]) -> Descriptions:
    """Put the names that people gave in the place of those that components gave, before anything else that is said of a group."""
    for stage, given in names.items():
        before = descriptions.get(stage, {})
        both = before.pop(NAMES, {}) | {group: [name] for group, name in given.items()}
        descriptions[stage] = ({NAMES: both} if both else {}) | before
    return descriptions


def _groups(result: Result, descriptions: Descriptions) -> dict[str, dict[str, dict[str, Any]]]:
    """Tell of every group its size and all that describers say, by stage and group."""
    labels = {name: value for name, value in result.values.items() if result.stages[name].component.gives == "labels"}
    counted = {name: zip(*(part.tolist() for part in np.unique(value, return_counts=True)), strict=True) for name, value in labels.items()}
    return {
        name: {
            str(group): {"size": size, **{each: texts[group] for each, texts in descriptions.get(name, {}).items() if group in texts}}
            for group, size in sizes
        }
        for name, sizes in counted.items()
    }


def _functions(discovery: "Discovery", group: str, names: list[str] | None, result: Result) -> Functions:
    """Load the metrics or pictures of a run; one that was named and concerns no stage is reported."""
    functions = load_functions(discovery, group, names)
    if names is None:
        return not_on_request(functions)
    for name, needed in inapplicable(functions, result).items():
        report_problem(f"{group}/{name} concerns no stage: it needs {', '.join(needed)}")
    return functions


def _draw(discovery: "Discovery", pipeline: Pipeline, result: Result, folder: Path, names: list[str] | None) -> None:
    """Write what pictures give into ``pictures/<stage>/``, which is there whole or not at all."""
    with _replacing(folder / PICTURES) as draft:
        for stage, _, files in draw(_functions(discovery, PICTURE, names, result), result, pipeline.modality):
            (draft / stage).mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (draft / stage / name).write_bytes(content)


def _write_tables(result: Result, folder: Path) -> None:
    """Write the tables of what components learned into ``tables/<stage>/``, which is there whole or not at all."""
    with _replacing(folder / TABLES) as draft:
        for name, stage in result.stages.items():
            try:
                tables = {table: _table(columns) for table, columns in stage.component.tables().items()}
            except Exception as error:  # broken tables cost themselves, not the run
                report_problem(f"stage '{name}' has no tables: {type(error).__name__}: {error}")
                continue
            _write_parquet(draft / name, tables)


def _table(columns: Mapping[str, Sequence[Any]]) -> Any:
    import pyarrow as pa

    return pa.table(dict(columns))


def _write_parquet(folder: Path, tables: Mapping[str, Any]) -> None:
    for name, table in tables.items():
        import pyarrow.parquet as pq

        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, folder / f"{name}.parquet")


@contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """Yield a folder to write, which need not be made; it takes the place of what a run that was stopped left there."""
    draft = place.with_name(f".{place.name}")
    yield draft
    shutil.rmtree(place, ignore_errors=True)
    if draft.exists():
        draft.rename(place)


def _write_generated(pipeline: Pipeline, folder: Path, result: Result) -> None:
    for name, value in result.values.items():
        if result.stages[name].component.gives == "items" and pipeline.modality:
            draft, place = folder / f".{name}", folder / GENERATED / name
            pipeline.modality.write(value, draft)
            shutil.rmtree(place, ignore_errors=True)  # of a run that was stopped
            place.parent.mkdir(exist_ok=True)
            draft.rename(place)


def _absolute(source: str | None) -> str | None:
    return source if source is None or "://" in source else str(Path(source).absolute())  # the URL of a database stays what it is
