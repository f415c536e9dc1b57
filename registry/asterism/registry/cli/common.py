"""What several verbs share: options, printing, and a run that a person watches."""

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..registry import Registry

if TYPE_CHECKING:
    from ..build import Plan
    from ..runs import RunFolder

SpecPath = Annotated[Path, typer.Argument(metavar="SPEC", help="A spec file.", show_default=False)]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change the spec before it is checked, e.g. stages.topics.n_clusters=30.", show_default=False
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results; by default runs/NAME.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


def print_json(value: Any) -> None:
    """Print a value for scripts."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_run(run: "RunFolder", as_json: bool) -> None:
    """Print what a run gave: its summary, or its folder and metrics as JSON."""
    if as_json:
        print_json(run_as_json(run))
    else:
        typer.echo(run.summary)
        typer.echo(f"written to {run.path}")


def run_as_json(run: "RunFolder") -> dict[str, Any]:
    """Say for scripts what a run gave."""
    problems = [{"stage": p.stage, "message": p.message, "count": p.count} for p in run.result.problems]
    return {"folder": str(run.path), "records": len(run.result.ids), "metrics": run.metrics, "problems": problems}


def hooks(registry: Registry, names: Sequence[str], quiet: bool) -> list[Any]:
    """Make the hooks that a spec names and the progress display, which `quiet` takes out again."""
    wanted = dict.fromkeys([*names, "progress"])
    return [registry.load("hooks", name)() for name in wanted if not (quiet and name == "progress")]


def watched_run(registry: Registry, plan: "Plan", out: Path | None, quiet: bool) -> "RunFolder":
    """Run a plan in a folder, and stop at Ctrl-C."""
    from ..runs import run_plan

    with cancel_on_interrupt() as cancel:
        return run_plan(registry, plan, out, hooks=hooks(registry, plan.hooks, quiet), cancel=cancel)


@contextmanager
def cancel_on_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a cancellation at the next batch; a second one stops at once."""
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
