"""`asterism demo [NAME]`."""

from pathlib import Path
from typing import Annotated

import typer

from asterism.framework.errors import OutputError, UnknownComponent

from ..registry import Registry
from .common import Cache, Json, Memory, Out, Quiet, Workers, changed, print_json, print_run, run_as_json, watched_run

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One demo; by default all of them, in turn.", show_default=False)]
WriteSpec = Annotated[
    Path | None,
    typer.Option("--write-spec", metavar="FILE", help="Write the demo's spec to a file instead of running it.", show_default=False),
]


def demo(
    name: Name = None,
    write_spec: WriteSpec = None,
    out: Out = None,
    memory: Memory = None,
    cache: Cache = None,
    workers: Workers = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run a demo on data that every machine has: ordinary specs, shipped with the plugins."""
    registry = Registry()
    names = [provider.name for provider in registry.providers("demo")] if name is None else [name]
    if write_spec is not None:
        _write(registry, name, write_spec)
        return
    done = []
    for each in names:
        plan = registry.plan(registry.load("demo", each))
        plan.options = changed(plan.options, memory, cache, workers)
        run = watched_run(registry, plan, out / each if out and name is None else out, quiet or json)
        done.append(run_as_json(run))
        if not json:
            print_run(run, json)
    if json:
        print_json(done)


def _write(registry: Registry, name: str | None, path: Path) -> None:
    if name is None:
        names = ", ".join(provider.name for provider in registry.providers("demo"))
        raise UnknownComponent(f"--write-spec writes the spec of one demo; name it: there are {names}")
    text = registry.load("demo", name).read_text(encoding="utf-8")
    if path.exists():
        raise OutputError(f"{path}: is there already; name another file")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    typer.echo(f"{path} written; run it with: asterism run {path}")
