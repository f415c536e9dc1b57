"""`asterism replay RUN`."""

from pathlib import Path
from typing import Annotated

import typer

from ..registry import Registry
from .common import Json, Quiet, cancel_on_interrupt, hooks, print_json

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]


def replay(run: Folder, quiet: Quiet = False, json: Json = False) -> None:
    """Do a run again and compare every stage with what it gave then, bit for bit; exit code 1 where one differs."""
    from ..replay import replay as do_again

    registry = Registry()
    with cancel_on_interrupt() as cancel:
        found = do_again(registry, run, hooks=hooks(registry, (), quiet or json), cancel=cancel)
    if json:
        changes = [vars(change) for change in found.changes]
        print_json({"same": found.is_same, "stages": found.stages, "first": found.first, "changes": changes})
    else:
        typer.echo(str(found))
    raise typer.Exit(0 if found.is_same else 1)
