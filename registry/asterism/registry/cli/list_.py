"""`asterism list [KIND]`."""

from typing import Annotated

import typer

from asterism.framework.errors import UnknownComponent

from ..registry import Registry
from .common import FUNCTIONS, READY, Json, print_json

Kind = Annotated[
    str | None,
    typer.Argument(metavar="[KIND]", help="Only this kind; also metric, describer, picture, plot, exporter or spec.", show_default=False),
]

COLUMN = 28
"""Width of the first column, unless a longer name needs more."""


def list_(kind: Kind = None, json: Json = False) -> None:
    """List the installed components; nothing of them is imported."""
    registry = Registry()
    known = [*registry.kinds(), *FUNCTIONS, READY]
    if kind is not None and kind not in known:
        raise UnknownComponent(f"no kind is called '{kind}'; there are {', '.join(known)}")
    providers = registry.providers(kind)
    if json:
        print_json([{"kind": p.group, "name": p.name, "distribution": p.distribution, "version": p.version} for p in providers])
        return
    width = max([COLUMN, *(len(provider.label) for provider in providers)])
    for provider in providers:
        typer.echo(f"{provider.label:<{width}}  {provider.source}")
