"""The other side of the checks that need a fresh process: ``python -m asterism.framework.testing.fresh VERB module:Class [FOLDER]``.

``modules`` writes the names of the packages that importing the class loads, as JSON. ``apply`` reads a fitted component and data from the
folder and writes its answer there; ``learn`` fits an unfitted one anew. ``serve`` takes requests for these, a line of JSON each, and does
every one in a child that is forked for it: as fresh as a process that has only imported libraries, and without waiting for their
import again. A tool of the test kit: classes are imported by their names.
"""

import json
import operator
import os
import signal
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NoReturn

from .carrying import receive, send


def main(verb: str, reference: str, folder: str = "") -> None:
    """Do what the command line says."""
    find_class(reference)
    if verb == "modules":
        sys.stdout.write("\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
        return
    sent = receive(Path(folder), "sent", find_class)
    work = getattr(sent["component"], verb)
    send({"answer": work(sent["data"])}, Path(folder), "answer")


def find_class(reference: str) -> Any:
    """Find a class by ``module:name``."""
    module, _, name = reference.partition(":")
    return operator.attrgetter(name)(import_module(module))


LIBRARIES = {"llvmlite", "numba", "numpy", "pyarrow", "scipy", "sklearn", "threadpoolctl"}
"""What the server imports itself once a child has needed it. Not torch, which starts threads that no child inherits."""


def serve() -> None:
    """Answer requests until there are no more: the exit code, and the last line of what the child wrote to standard error."""
    for line in sys.stdin:
        code, error, modules = _in_child(json.loads(line))
        sys.stdout.write(json.dumps({"code": code, "error": error}) + "\n")
        sys.stdout.flush()
        for name in modules:
            with suppress(Exception):
                import_module(name)


def _in_child(request: dict[str, Any]) -> tuple[int, str, list[str]]:
    with TemporaryFile("w+") as error, TemporaryFile("w+") as modules:
        child = os.fork()
        if child == 0:
            _work(request, error, modules)
        _, status = os.waitpid(child, 0)
        for file in (error, modules):
            file.seek(0)
        lines = error.read().strip().splitlines()[-1:]
        return os.waitstatus_to_exitcode(status), "".join(lines), modules.read().split()


def _work(request: dict[str, Any], error: Any, modules: Any) -> NoReturn:
    """Do what a request says, and end this process without going back into the server's loop."""
    signal.alarm(request["patience"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:] = request["path"]
    sys.stdout = sys.stderr = error
    code = 1
    try:
        main(request["verb"], request["reference"], request["folder"])
        modules.write("\n".join(name for name in list(sys.modules) if name.partition(".")[0] in LIBRARIES))
        code = 0
    except BaseException:  # whatever it is, the other side is told
        traceback.print_exc()
    error.flush()
    modules.flush()
    os._exit(code)


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main(*sys.argv[1:])
