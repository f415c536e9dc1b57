"""`asterism fill SPEC`."""

import typer

from ..registry import Registry
from .common import Changes, Json, SpecPath, print_json


def fill(spec: SpecPath, set_: Changes = None, json: Json = False) -> None:
    """Print a spec with every default and the version of every provider, to pin a run."""
    import yaml

    filled = Registry().plan(spec, tuple(set_ or ())).filled
    if json:
        print_json(filled)
    else:
        typer.echo(yaml.safe_dump(filled, sort_keys=False, allow_unicode=True), nl=False)
