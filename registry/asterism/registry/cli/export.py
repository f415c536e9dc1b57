"""`asterism export RUN`."""

from pathlib import Path
from typing import Annotated

import typer

from ..registry import Registry
from .common import problem_lines, told_below

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="FORM",
        help="parquet, csv, json, embedding-atlas, tensorboard-projector or scikit-learn-html (asterism list exporter).",
        show_default=False,
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="A new file, or a folder for it.", show_default=False)]


def export(run: Run, to: To, out: Out) -> None:
    """Write a run in the form that other programs read, with groups as people edited them."""
    registry = Registry()
    write = registry.load("exporter", to)
    with told_below() as problems:
        from ..finished import open_finished

        paths = write(open_finished(registry, run), out)
    typer.echo("\n".join([f"written to {path}" for path in paths] + list(problem_lines(problems))))
