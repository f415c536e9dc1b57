"""`asterism view RUN`."""

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ..registry import Registry

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port to listen at; 0 takes a free one.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser, and print the address alone.")]


def view(run: Run, port: Port = 0, no_browser: NoBrowser = False) -> None:
    """Look at a run in the browser: search, filter, name and join groups, save selections. Ctrl-C ends it."""
    from ..finished import open_finished

    registry = Registry()
    finished = open_finished(registry, run)
    registry.load("viewer", "page")(finished, port=port, ready=lambda address: _tell(address, with_browser=not no_browser))


def _tell(address: str, *, with_browser: bool) -> None:
    typer.echo(address)
    if with_browser:
        # Some browsers run in the terminal until they are closed, and the server must not wait for them.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
