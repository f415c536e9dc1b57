"""Starts a fresh process for a check, and watches what this one does meanwhile."""

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any
from unittest.mock import patch

from ..component import Component
from ..state import class_reference
from .carrying import receive, send
from .fresh import find_class
from .report import Broken, NotChecked

PATIENCE = 120
"""Seconds that a fresh process may take."""
INSIDE = "ASTERISM_FRESH_PROCESS"
"""Set in the environment of a fresh process: importing a module that calls the kit must not start processes without end."""


def answer_of_fresh(verb: str, component: Component, data: Any) -> Any:
    """Let a fresh process `learn` or `apply` on `data`, with what `component` has learned."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _check_importable(type(component))
        _pack({"component": component, "data": data}, folder)
        code, error = _served(verb, type(component), name) if hasattr(os, "fork") else _started(verb, type(component), name)[::2]
        _check_end(verb, type(component), code, error)
        return receive(folder, "answer", find_class)["answer"]


def modules_of_fresh(cls: type[Component]) -> set[str]:
    """Name the packages that importing the module of a class loads in a fresh process."""
    _check_importable(cls)
    code, written, error = _started("modules", cls)
    _check_end("modules", cls, code, error)
    return set(json.loads(written.splitlines()[-1]))


def _check_importable(cls: type[Component]) -> None:
    if INSIDE in os.environ:
        raise NotChecked("a fresh process starts no other; put the call of the kit under `if __name__ == '__main__'`")
    if "<locals>" in cls.__qualname__ or cls.__module__ == "__main__":
        raise NotChecked(f"a fresh process cannot import {cls.__qualname__}; let its class stand in a module of its own")


def _check_end(verb: str, cls: type[Component], code: int, error: str) -> None:
    """Raise `Broken` where a fresh process failed; `NotChecked` where it could not find the class by its name."""
    if code == 0:
        return
    last = error or f"exit code {code}"
    if last.startswith("ModuleNotFoundError") and cls.__module__.startswith(last.rpartition(" ")[2].strip("'")):
        raise NotChecked(f"a fresh process cannot import {cls.__module__}: {last}")
    raise Broken(f"{cls.__name__} fails to {verb} in a fresh process: {last}")


def _started(verb: str, cls: type[Component], folder: str = "") -> tuple[int, str, str]:
    """Start a process for one request; return its exit code, what it wrote and the last line of its complaints."""
    command = [sys.executable, "-m", "asterism.framework.testing.fresh", verb, class_reference(cls), folder]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment(), timeout=PATIENCE, check=False)  # noqa: S603  # this interpreter, our module
    return done.returncode, done.stdout, "".join(done.stderr.strip().splitlines()[-1:])


def _served(verb: str, cls: type[Component], folder: str) -> tuple[int, str]:
    """Let the server fork a child for one request."""
    about = {"verb": verb, "reference": class_reference(cls), "folder": folder, "patience": PATIENCE}
    answer = json.loads(_server()(json.dumps({**about, "path": [path or "." for path in sys.path], "environment": _environment()})))
    return answer["code"], answer["error"]


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path or "." for path in sys.path), INSIDE: "1"}


@cache
def _server() -> Callable[[str], str]:
    """Start the process that forks one for each request, and return what sends it a line and waits for the answer."""
    command = [sys.executable, "-m", "asterism.framework.testing.fresh", "serve"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment())  # noqa: S603  # likewise
    if server.stdin is None or server.stdout is None:
        raise RuntimeError("the pipes that were asked for are not there")
    requests, answers, lock = server.stdin, server.stdout, Lock()

    def ask(line: str) -> str:
        with lock:
            requests.write(line + "\n")
            requests.flush()
            return answers.readline()

    def end() -> None:
        with server:
            requests.close()

    atexit.register(end)
    return ask


def _pack(content: dict[str, Any], folder: Path) -> None:
    try:
        send({"component": content["component"]}, folder, "sent")
    except TypeError as error:
        raise Broken(f"{type(content['component']).__name__} cannot be saved: {error}") from error
    try:
        send(content, folder, "sent")
    except TypeError as error:
        raise NotChecked(f"the data cannot be carried into a fresh process: {error}") from error


@contextmanager
def capturing() -> Iterator[StringIO]:
    """Collect what is written to standard output and error."""
    written = StringIO()
    with redirect_stdout(written), redirect_stderr(written):
        yield written


@contextmanager
def offline() -> Iterator[list[str]]:
    """Refuse connections to other machines and collect the attempts, so that catching the refusal does not hide them."""
    attempts: list[str] = []

    def refuse(*arguments: Any, **_: Any) -> None:
        attempts.append(str(next((part for part in arguments if isinstance(part, tuple | str | bytes)), "")))
        raise OSError("no connection may be opened while a component learns or is applied")

    with ExitStack() as stack:
        for verb in ("connect", "connect_ex", "sendto"):
            stack.enter_context(patch.object(socket.socket, verb, _unless_local(refuse, getattr(socket.socket, verb))))
        for function in ("create_connection", "getaddrinfo", "gethostbyname"):
            stack.enter_context(patch.object(socket, function, refuse))
        yield attempts


def _unless_local(refuse: Callable[..., None], real: Callable[..., Any]) -> Callable[..., Any]:
    """Let sockets of this machine through: libraries talk to their own workers over them."""

    def call(opened: socket.socket, *arguments: Any) -> Any:
        if opened.family in (socket.AF_INET, socket.AF_INET6):
            refuse(*arguments)
        return real(opened, *arguments)

    return call
