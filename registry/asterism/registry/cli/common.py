"""What several verbs share: options, printing, and a run that a person watches."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.framework.errors import Cancelled, DataError
from asterism.framework.memory import parse_bytes
from asterism.framework.problems import Problem, problems_to

from ..registry import Registry
from ..runfolder import PICTURES

if TYPE_CHECKING:
    from asterism.framework.result import Result

    from ..build import Plan
    from ..options import Options
    from ..runs import RunFolder

SpecPath = Annotated[
    Path, typer.Argument(metavar="SPEC", help="A spec file, or the name of a ready spec (asterism list spec).", show_default=False)
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change the spec before it is checked, e.g. stages.topics.n_clusters=30.", show_default=False
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results; by default runs/NAME.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="What results may take in memory, such as 2GiB; by default half of what is free.",
        show_default=False,
    ),
]
Cache = Annotated[
    str | None,
    typer.Option(
        "--cache", metavar="DIR", help="Where results are kept for later runs, or off; by default runs/.cache.", show_default=False
    ),
]
Workers = Annotated[
    str | None,
    typer.Option(
        "--workers", metavar="N", help="How many processes read and encode records; by default auto: one per core.", show_default=False
    ),
]
FUNCTIONS = ("metric", "describer", "picture", "plot", "exporter")
"""Groups of functions on a result or a run that is over, which `list` and `show` treat like kinds."""
READY = "spec"
"""The group of ready specs: each is the path of a file."""
REPORT = "report.html"
"""What the hook `report` writes."""
GO_ON = "start the same command again to go on from there"


def print_json(value: Any) -> None:
    """Print a value for scripts."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_run(run: "RunFolder", as_json: bool) -> None:
    """Print what a run gave: its summary, or its folder and metrics as JSON."""
    if as_json:
        print_json(run_as_json(run))
    else:
        typer.echo(run.summary.encode(errors="backslashreplace").decode())  # half of a surrogate pair cannot be printed
        typer.echo(f"written to {run.path}{_places(run.path)}")


def _places(folder: Path) -> str:
    """Name what a person may want to open."""
    pictures, report = folder / PICTURES, folder / REPORT
    return (f", pictures of groups to {pictures}" if pictures.is_dir() else "") + (f"; open {report}" if report.is_file() else "")


def run_as_json(run: "RunFolder") -> dict[str, Any]:
    """Say for scripts what a run gave."""
    from ..summary import notes_of  # loads NumPy

    problems = [{"stage": p.stage, "message": p.message, "count": p.count} for p in run.result.problems]
    return {
        "folder": str(run.path),
        "records": len(run.result.ids),
        "quarantined": len(run.result.quarantine),
        "reused": run.result.reused,
        "cache": str(run.cache) if run.cache else None,
        "metrics": run.metrics,
        "notes": {name: notes for name, stage in run.result.stages.items() if (notes := notes_of(stage))},
        "problems": problems,
    }


def hooks(registry: Registry, names: Sequence[str], quiet: bool) -> list[Any]:
    """Make the hooks that a spec names and the progress display, which `quiet` takes out again."""
    wanted = dict.fromkeys([*names, "progress"])
    return [registry.load("hooks", name)() for name in wanted if not (quiet and name == "progress")]


def hooks_with_cache(registry: Registry, names: Sequence[str], quiet: bool, cache: Path | None) -> list[Any]:
    """Make the same, and what says where results are kept."""
    from .progress import CacheLine  # loads NumPy

    return [*hooks(registry, names, quiet), *([] if quiet else [CacheLine(cache)])]


def changed(options: "Options", memory: str | None, cache: str | None, workers: str | None) -> "Options":
    """Put what a command says of memory, cache and workers in the place of what the spec says; `DataError` where it makes no sense."""
    from ..options import parse_workers

    return options.changed(
        memory=None if memory is None else _named("--memory", parse_bytes, memory),
        cache=cache,
        workers=None if workers is None else _named("--workers", parse_workers, workers),
    )


def _named(option: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except DataError as error:
        error.place = option
        raise


def watched_run(registry: Registry, plan: "Plan", out: Path | None, quiet: bool) -> "RunFolder":
    """Run a plan in a folder, and stop at Ctrl-C."""
    from ..runs import run_plan

    cache = plan.options.cache
    with stopped_by_hand(cache) as cancel:
        return run_plan(registry, plan, out, hooks=hooks_with_cache(registry, plan.hooks, quiet, cache), cancel=cancel)


@contextmanager
def stopped_by_hand(cache: Path | None) -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a cancellation at the next batch; a second one stops at once. Say how to go on where results are kept."""
    with cancel_on_interrupt() as cancel:
        try:
            yield cancel
        except KeyboardInterrupt as error:
            stopped = Cancelled("the run was stopped at once")
            stopped.partial = getattr(error, "partial", None)  # type: ignore[attr-defined]  # as every error of a run has it
            _tell_how_to_go_on(stopped, cache)
            raise stopped from error
        except Exception as error:
            _tell_how_to_go_on(error, cache)
            raise


def _tell_how_to_go_on(error: Exception, cache: Path | None) -> None:
    found: Result | None = getattr(error, "partial", None)
    if cache is None or found is None or not len(found.ids):  # nothing is kept, or nothing was read yet
        return
    if isinstance(error, Cancelled):
        error.add_note(GO_ON)
    elif found.values:
        error.add_note(f"mend that and {GO_ON}")


@contextmanager
def cancel_on_interrupt() -> Iterator[threading.Event]:
    """Set an event at the first Ctrl-C, and raise `KeyboardInterrupt` at those that follow."""
    cancel = threading.Event()

    def interrupt(signum: int, frame: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def told_below() -> Iterator[list[Problem]]:
    """Collect what is reported in this context, to be told when the work is done."""
    problems: list[Problem] = []
    with problems_to(problems.append):
        yield problems


def problem_lines(problems: Sequence[Problem]) -> Iterator[str]:
    """Write problems for people."""
    if problems:
        yield from ("", "Worth knowing", *(f"  - {problem}" for problem in problems))
