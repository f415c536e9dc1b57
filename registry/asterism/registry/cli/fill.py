"""`asterism fill SPEC`."""

import typer

from ..registry import Registry
from ..writer import write_yaml
from .common import Changes, Json, SpecPath, print_json


def fill(spec: SpecPath, set_: Changes = None, json: Json = False) -> None:
    """Print a spec with every default and the version of every provider, to pin a run."""
    filled = Registry().plan(spec, tuple(set_ or ())).filled
    if json:
        print_json(filled)
    else:
        typer.echo(write_yaml(filled), nl=False)
