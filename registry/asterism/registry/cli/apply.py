"""`asterism apply MODEL INPUT`."""

from pathlib import Path
from typing import Annotated

import typer

from ..registry import Registry
from .common import Cache, Json, Memory, Out, Quiet, Workers, changed, hooks_with_cache, print_run, stopped_by_hand

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a run, or of a saved model.", show_default=False)]
Source = Annotated[str, typer.Argument(metavar="INPUT", help="What to read: a file, a folder or a glob.", show_default=False)]

Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change how the input is read, e.g. source.id=null.", show_default=False),
]


def apply(
    model: Model,
    source: Source,
    set_: Changes = None,
    out: Out = None,
    memory: Memory = None,
    cache: Cache = None,
    workers: Workers = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Apply a fitted pipeline to new data."""
    from ..options import Options
    from ..runs import apply_model

    registry, options = Registry(), changed(Options(), memory, cache, workers)
    watching = hooks_with_cache(registry, (), quiet or json, options.cache)
    with stopped_by_hand(options.cache) as cancel:
        run = apply_model(registry, model, source, out, set_ or (), options=options, hooks=watching, cancel=cancel)
    print_run(run, json)
