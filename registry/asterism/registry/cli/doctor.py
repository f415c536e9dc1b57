"""`asterism doctor`."""

from typing import Annotated

import typer

from ..discovery import Provider
from ..registry import Registry
from .common import Json, print_json

Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 where a plugin is not usable.")]


def doctor(strict: Strict = False, json: Json = False) -> None:
    """Load every installed plugin and name those that cannot be used, with the cause."""
    found = Registry().doctor()
    if json:
        print_json([{"plugin": p.label, "provider": p.source, "ok": not trouble, "trouble": trouble} for p, trouble in found])
    else:
        _print(found)
    raise typer.Exit(1 if strict and any(trouble for _, trouble in found) else 0)


def _print(found: list[tuple[Provider, str]]) -> None:
    healthy = [provider for provider, trouble in found if not trouble]
    for _, trouble in found:
        if trouble:
            typer.echo(trouble)
    typer.echo(f"{len(healthy)} of {len(found)} plugins are usable")
