"""`asterism check SPEC`."""

import typer

from ..registry import Registry
from .common import Changes, Json, SpecPath, print_json


def check(spec: SpecPath, set_: Changes = None, json: Json = False) -> None:
    """Check a spec without running it, and show every problem at once."""
    from ..build import check as find_problems

    problems = find_problems(Registry(), spec, set_ or ())[1]
    if json:
        print_json([vars(problem) for problem in problems])
    else:
        for problem in problems:
            typer.echo(str(problem), err=True)
        if not problems:
            typer.echo(f"{spec}: no problem found")
    raise typer.Exit(2 if problems else 0)
