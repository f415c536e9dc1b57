"""`asterism view`: the page of a run, live, from a small web server that answers this machine alone."""

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism.framework import DataError, FinishedRun, report_problem

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .serving.api import Api

HOST = "127.0.0.1"
SECONDS_TO_END = 2
"""How long requests may take that are under way when the server is stopped."""
Explain = Callable[[int], dict[str, Any]]


def view(
    run: FinishedRun,
    *,
    port: int = 0,
    token: str | None = None,
    ready: Callable[[str], None],
    explain: Explain | None = None,
) -> None:
    """Show a run to people until Ctrl-C.

    Parameters
    ----------
    run
        The run.
    port
        Where to listen, on this machine alone; 0 takes a free one.
    token
        What the address of the page must hold; None makes one up.
    ready
        Called with the address of the page when the server listens.
    explain
        Says of a row why it is in its group, as plain data; without it the page offers no explanations.

    Raises
    ------
    DataError
        Where the port is taken.
    """
    token = token or secrets.token_urlsafe(24)
    app = make_app(run, token, explain=explain)
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}/?token={token}"
        with suppress(KeyboardInterrupt):
            _serve(app, listener, lambda: ready(address))


def make_app(run: FinishedRun, token: str, *, explain: Explain | None = None) -> "FastAPI":
    """Make the app that answers for a run; see `view`."""
    from fastapi import FastAPI, Response

    from .serving.failures import handle_failures
    from .serving.guard import Guard

    api, page = _api(run, explain), _Page(run)
    app = FastAPI(title="Asterism", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_middleware(Guard, token=token)
    handle_failures(app)
    app.include_router(api.router())
    app.add_api_route("/", lambda: Response(page.html(api, token), media_type="text/html"), include_in_schema=False)
    app.add_api_route("/favicon.ico", lambda: Response(status_code=204), include_in_schema=False)
    return app


def _api(run: FinishedRun, explain: Explain | None) -> "Api":
    from .serving.api import Api
    from .serving.asking import Asker
    from .serving.searching import Searcher
    from .serving.showing import Shower
    from .serving.tables import Table
    from .serving.viewed import Viewed

    table, previews = Table(run.table), _previews(run)
    return Api(Viewed(run), Searcher(table, previews), Shower(table, previews), Asker(run), explain)


def _previews(run: FinishedRun) -> Path | None:
    """Return the file of previews, which is written where there is none; None where the folder cannot be written to."""
    from .previews import write_previews

    try:
        return write_previews(run)
    except OSError as error:
        report_problem(f"{run.folder}: previews cannot be kept there: {error.strerror}; records are shown by their ids")
        return None


class _Page:
    """The page of a run as it is edited now; it is made anew where somebody edited the run since."""

    def __init__(self, run: FinishedRun) -> None:
        self.lock, self.content, self.edits = threading.Lock(), dict[str, Any](), -1

    def html(self, api: "Api", token: str) -> bytes:
        from .content import content_of
        from .writing import render

        run = api.viewed.run
        with self.lock:
            if self.edits != len(run.edits):
                self.content, self.edits = content_of(run), len(run.edits)
            return render(self.content, _live(api, token)).encode("utf-8", "replace")


def _live(api: "Api", token: str) -> dict[str, Any]:
    """Say what the scripts of the page must know."""
    return {
        "token": token,
        "edits": len(api.viewed.run.edits),
        "can_search_text": api.asker.takes("text"),
        "can_search_image": api.asker.takes("image"),
        "can_search_record": api.asker.stage in api.shower.table.matrices,
        "can_explain": api.explain_row is not None,
    }


def _listening(port: int) -> socket.socket:
    """Take a port; `DataError` where that cannot be."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"port {port} cannot be used: {reason}", hint="name another one, or 0 for any") from error
    return listener


def _serve(app: "FastAPI", listener: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="critical",
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    Server(config).run(sockets=[listener])
