"""`asterism demo [NAME]`."""

from pathlib import Path
from typing import Annotated

import typer

from asterism.framework.errors import OutputError

from ..registry import Registry
from .common import Json, Out, Quiet, run_and_print

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="One demo; by default all of them, in turn.", show_default=False)]
WriteSpec = Annotated[
    Path | None,
    typer.Option("--write-spec", metavar="FILE", help="Write the demo's spec to a file instead of running it.", show_default=False),
]


def demo(name: Name = None, write_spec: WriteSpec = None, out: Out = None, quiet: Quiet = False, json: Json = False) -> None:
    """Run a demo on data that every machine has: ordinary specs, shipped with the plugins."""
    registry = Registry()
    names = [provider.name for provider in registry.providers("demo")] if name is None else [name]
    if write_spec is not None:
        _write(registry, name or names[0], write_spec)
        return
    for each in names:
        plan = registry.plan(registry.load("demo", each))
        run_and_print(registry, plan, out / each if out and name is None else out, quiet or json, json)


def _write(registry: Registry, name: str, path: Path) -> None:
    if path.exists():
        raise OutputError(f"{path}: is there already; name another file")
    path.write_text(registry.load("demo", name).read_text(encoding="utf-8"), encoding="utf-8")
    typer.echo(f"{path} written; run it with: asterism run {path}")
