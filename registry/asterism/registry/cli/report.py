"""`asterism report RUN`."""

from pathlib import Path
from typing import Annotated

import typer

from ..registry import Registry

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
To = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where to write the page; by default RUN/report.html.", show_default=False)
]


def report(run: Run, out: To = None) -> None:
    """Write a page about a run that is over: one file of HTML that opens anywhere, without a network."""
    from ..finished import open_finished

    registry = Registry()
    write = registry.load("exporter", "report")
    for path in write(open_finished(registry, run), out or run / "report.html"):
        typer.echo(f"written to {path}")
