"""`asterism view RUN`."""

import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from asterism.framework.errors import DataError, PluginError

from ..registry import Registry
from ..runfolder import PREVIEWS

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port to listen at; 0 takes a free one.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Open no browser, and print the address alone.")]
Explain = Callable[[int], dict[str, Any]]


def view(run: Run, port: Port = 0, no_browser: NoBrowser = False) -> None:
    """Look at a run in the browser: search, filter, name and join groups, save selections. Ctrl-C ends it."""
    from ..finished import open_finished

    registry = Registry()
    show, finished = registry.load("viewer", "page"), open_finished(registry, run)
    if not (run / PREVIEWS).is_file():
        typer.echo(f"reading {len(finished.result.ids):,} records once, to show them; the next start is quicker", err=True)
    show(finished, port=port, explain=_explainer(registry, run), ready=lambda address: _tell(address, with_browser=not no_browser))


def _explainer(registry: Registry, run: Path) -> Explain | None:
    """Return what explains the record in a row, in the groups as they are edited by then; None where nothing can."""
    from asterism.framework.edits import read_edits

    from ..explanations import explainer_of

    def explain(row: int) -> dict[str, Any]:
        edits = len(read_edits(run))
        if edits not in made:
            made.clear()
            made[edits] = explainer_of(registry, run)
        return made[edits](row)

    try:
        made = {len(read_edits(run)): explainer_of(registry, run)}
    except (DataError, PluginError):  # there are no groups, or of records that no explainer takes apart
        return None
    return explain


def _tell(address: str, *, with_browser: bool) -> None:
    typer.echo(address)
    if with_browser:
        # Some browsers run in the terminal until they are closed, and the server must not wait for them.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
