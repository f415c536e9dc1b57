"""Who may ask: this machine alone, under its own name, with the token; and no request may be larger than it has to be.

A page of another site can make a browser send requests to servers on this machine, also under a foreign name that it lets point here
(DNS rebinding). So the name in ``Host`` is checked, changes must come from the page itself, and nothing is told without the token.
"""

import secrets
from collections.abc import Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from fastapi import Response
from starlette.exceptions import HTTPException

from .failures import failed, failed_inside

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Any]

MOST_BYTES = 20 * 2**20
"""A request with a larger body is refused."""
HEADER = "x-asterism-token"
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD")
"""Methods that change nothing."""
OPEN = "/favicon.ico"
"""Browsers ask for it by themselves, without a token."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; media-src blob:; "
    "worker-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a page of ours may do: nothing is loaded from anywhere but this server."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOT_FOR_YOU = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Asterism</title>
<h1>This page needs its token</h1><p>Open the address that <code>asterism view</code> printed, with all that stands behind the
question mark. Every start has a token of its own.</p></html>"""


class Guard:
    """Wraps an ASGI app: refuses whoever may not ask, counts bytes, and sends safe headers with every answer."""

    def __init__(self, app: Any, token: str) -> None:
        self.app, self.token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return
        answered = _Answer(send)
        if refusal := self._refusal(scope):
            await refusal(scope, receive, answered)
            return
        try:
            await self.app(scope, _Counted(receive), answered)
        except Exception as error:  # whatever it is, the server goes on
            failure = failed_inside(f"{scope['method']} {scope['path']}", error)
            if not answered.has_begun:
                await failure(scope, receive, answered)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if host not in _own_hosts(scope):
            return failed(403, "this server answers only under the name of this machine", "open the address that `asterism view` printed")
        if scope["method"] not in READING and _is_foreign(headers, host):
            return failed(403, "another site may not change anything here")
        if scope["path"] == OPEN or self._has_token(scope, headers):
            return None
        if scope["path"] == "/":
            return Response(NOT_FOR_YOU, 401, media_type="text/html")
        return failed(401, "the token is missing or wrong", "open the address that `asterism view` printed")

    def _has_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        given = headers.get(HEADER, "")
        if not given and scope["method"] in READING:
            given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=100).get("token", [""])[-1]
        return secrets.compare_digest(given.encode("utf-8", "backslashreplace"), self.token)


def _own_hosts(scope: Scope) -> set[str]:
    """List what ``Host`` may say; the port is that of the socket, whatever the request claims."""
    port = scope["server"][1]
    return {f"{name}:{port}" for name in OWN_NAMES} | (set(OWN_NAMES) if port == 80 else set())


def _is_foreign(headers: dict[str, str], host: str) -> bool:
    """Tell whether a request comes from a page of another origin; programs other than browsers send neither header."""
    site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
    return site not in ("same-origin", "none") or origin not in (None, f"http://{host}")


class _Answer:
    """Adds headers to an answer, and remembers whether it has begun."""

    def __init__(self, send: Send) -> None:
        self.send, self.has_begun = send, False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            own = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message.get("headers", ()), *own]
        await self.send(message)


class _Counted:
    """Counts the bytes of a body while it is read."""

    def __init__(self, receive: Receive) -> None:
        self.receive, self.n_bytes = receive, 0

    async def __call__(self) -> Any:
        message = await self.receive()
        self.n_bytes += len(message.get("body", b""))
        if self.n_bytes > MOST_BYTES:
            raise HTTPException(413, f"a request has at most {MOST_BYTES // 2**20} MB")
        return message
