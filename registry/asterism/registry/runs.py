"""A run in a folder: model/, records.parquet, metrics.json, summary.txt, events.jsonl, and generated/ where something was generated."""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

from asterism.framework.errors import DataError, OutputError
from asterism.framework.pipeline import Pipeline
from asterism.framework.problems import problems_to
from asterism.framework.result import Result

from .artifact import MANIFEST, load, save
from .events import EventLog
from .facts import describe, measure
from .summary import summarize
from .table import write_table

if TYPE_CHECKING:
    from .build import Plan
    from .discovery import Discovery

RUNS = Path("runs")
"""Where runs go that are given no folder."""


@dataclass
class RunFolder:
    """What a run left on disk."""

    path: Path
    summary: str
    metrics: dict[str, dict[str, float]]
    result: Result


def new_folder(wanted: Path | None, name: str) -> Path:
    """Make the folder of a run: the one wanted, which must be empty or new, or the next free ``runs/<name>``."""
    if wanted is None:
        return next(path for path in _candidates(name) if _made(path))
    if wanted.exists() and (not wanted.is_dir() or any(wanted.iterdir())):
        raise OutputError(f"{wanted}: is there already and not empty; name another folder, or remove it")
    _made(wanted)
    return wanted


def _made(path: Path) -> bool:
    """Make a folder; False where it was there already, perhaps because another run has just made it."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise OutputError(f"{path}: cannot be made: {error.strerror}") from error
    return True


def run_plan(
    discovery: "Discovery", plan: "Plan", out: Path | None, *, hooks: Iterable[object] = (), cancel: threading.Event | None = None
) -> RunFolder:
    """Fit the pipeline of a plan on its source and write everything into a folder.

    Where a stage fails, what the stages before it gave is written all the same, and the error is raised then.
    """
    if not (plan.path or plan.sample):
        raise DataError("the spec names nothing to read", place="source", hint="give it a `path`, or a `sample`")
    folder = new_folder(out, plan.name)
    source = plan.path or discovery.load("sample", cast(str, plan.sample))(folder / "data")
    go = partial(plan.pipeline.fit, source, cancel=cancel, strict=plan.strict)
    result = _go(discovery, plan.pipeline, folder, hooks, go)
    save(discovery, plan.pipeline, folder / "model")  # first: it is what took the longest to make
    return _write(discovery, plan.pipeline, folder, result)


def apply_model(
    discovery: "Discovery",
    model: Path,
    source: str,
    out: Path | None,
    changes: Sequence[str] = (),
    *,
    hooks: Iterable[object] = (),
    cancel: threading.Event | None = None,
) -> RunFolder:
    """Apply a saved pipeline (a model folder, or the run folder around it) to new data; errors as for `run_plan`.

    `changes` such as ``source.id=null`` tell how data are read that have other columns than those of the fit.
    """
    inner = model / "model"
    pipeline = load(discovery, inner if (inner / MANIFEST).is_file() else model, changes)
    folder = new_folder(out, f"{pipeline.name}-apply")
    result = _go(discovery, pipeline, folder, hooks, partial(pipeline.apply, source, cancel=cancel))
    return _write(discovery, pipeline, folder, result)


def _go(discovery: "Discovery", pipeline: Pipeline, folder: Path, hooks: Iterable[object], go: Callable[..., Result]) -> Result:
    """Fit or apply with every event in the folder's log; where that fails, what is done is written before the error goes on."""
    with EventLog(folder / "events.jsonl") as log:
        try:
            return go(hooks=[log, *hooks])
        except BaseException as error:
            _keep_what_is_done(discovery, pipeline, folder, getattr(error, "partial", None), error)
            raise


def _keep_what_is_done(discovery: "Discovery", pipeline: Pipeline, folder: Path, partial: Result | None, error: BaseException) -> None:
    if partial is None or not partial.ids:  # nothing was read, so nothing is worth keeping, and the next try wants the folder
        (folder / "events.jsonl").unlink()
        with suppress(OSError):  # a sample is in it
            folder.rmdir()
    elif partial.values:
        _write(discovery, pipeline, folder, partial)
        error.add_note(f"what the stages {', '.join(partial.values)} gave is kept in {folder}")


def _write(discovery: "Discovery", pipeline: Pipeline, folder: Path, result: Result) -> RunFolder:
    with problems_to(result.problems.append):
        metrics, descriptions = measure(discovery, result), describe(discovery, result)
    summary = summarize(pipeline.name, result, metrics, descriptions)
    write_table(result, folder / "records.parquet")
    _write_text(folder / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    _write_text(folder / "summary.txt", summary)
    _write_generated(pipeline, folder, result)
    return RunFolder(folder, summary, metrics, result)


def _write_generated(pipeline: Pipeline, folder: Path, result: Result) -> None:
    for name, value in result.values.items():
        if result.stages[name].component.gives == "items" and pipeline.modality:
            pipeline.modality.write(value, folder / "generated" / name)


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _candidates(name: str) -> Iterable[Path]:
    yield RUNS / name
    yield from (RUNS / f"{name}-{number}" for number in count(2))
