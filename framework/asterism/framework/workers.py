"""A worker process: how it is started, spoken to and ended (`Worker`), and what runs inside of it (`serve`).

A worker is a fresh interpreter that imports what the function it is sent needs, and nothing more. `multiprocessing` would import the
caller's main module in every process (a test runner, a whole command line, a script without a guard) and keep a tracker beside them,
so that only its pipes and its pickler are used. A new process, not a fork: a fork copies locks that threads of the host hold.
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import ForkingPickler
from multiprocessing.spawn import get_preparation_data, prepare
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from .problems import problems_to

Buffer: TypeAlias = Any
"""Something with bytes in it, as `dumps` gives it."""
Message: TypeAlias = tuple[str, Any]
"""What a worker says, and what belongs to it: ``started``, ``ready``, ``problem``, ``answer``, ``error``.

``stuck`` says that the function or a part could not travel, ``unsendable`` that an answer cannot; `Worker.hear` adds ``died``."""

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
)
"""Read by the libraries when they are loaded, so that they hold for all that a fresh process loads."""
MEMORY_LIMITS = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "134217728"}
"""Bytes, read by the GNU C library: a worker keeps up to 128 MiB of what it has freed. It needs arrays of one size again and again, and
giving their pages back each time costs as much as decoding a photograph, and on a virtual machine makes processes wait for each other."""
SECONDS_TO_LEAVE = 5.0
"""How long an idle worker may take to end by itself."""

dumps = ForkingPickler.dumps
loads = ForkingPickler.loads

_inside = {"worker": False, "import of main": False}
"""Where this process is, as far as it matters to whoever wants to start a worker."""


def usable_cores() -> int:
    """Count the cores that this process may use; a worker leaves the others to its like."""
    if _inside["worker"]:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def refuse_unguarded_script() -> None:
    """Raise where a worker imports a script that would start the work anew."""
    if _inside["import of main"]:
        raise RuntimeError("the script starts work when it is imported; put the call under `if __name__ == '__main__'`")


def explain(error: BaseException) -> str:
    """Say an error in one line."""
    return f"{type(error).__name__}: {error}"


class InWorker(Exception):
    """The traceback of an error in a worker, as text; it is the cause of the error that is raised here."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class Worker:
    """One process with one function, seen from the process that started it.

    Parameters
    ----------
    function
        The function, as `dumps` writes it.
    threads
        How many threads BLAS and OpenMP may use.
    """

    def __init__(self, function: Buffer, threads: int) -> None:
        self.function = function
        self.task: Any = None
        """What it works on, None where it has nothing to do; the caller's own object."""
        self.is_ready = False
        self.deadline: float | None = None
        """When its time is up, on the clock of `time.monotonic`."""
        self.connection, theirs = Pipe()
        their_line, self._lifeline = Pipe(duplex=False)  # closes when this process dies, however it dies
        descriptors = theirs.fileno(), their_line.fileno()
        code = f"import sys; sys.path[:] = {[str(path) for path in sys.path]!a}; from {__name__} import serve; serve{descriptors}"
        # A group of its own keeps the terminal's Ctrl-C away, and lets a program that the function started be ended with it.
        self.process = subprocess.Popen(  # noqa: S603  # this interpreter, our module
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, pass_fds=descriptors, process_group=0, env=_environment(threads)
        )
        theirs.close()
        their_line.close()

    @property
    def is_idle(self) -> bool:
        """True where it can be given a part."""
        return self.is_ready and self.task is None and self.process.poll() is None

    @property
    def is_overdue(self) -> bool:
        """True where its time is up."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def give(self, part: Buffer, task: Any, timeout: float | None) -> None:
        """Let it work on a part; `OSError` where it is dead."""
        self.task = task
        self.connection.send_bytes(part)
        self.deadline = None if timeout is None else time.monotonic() + timeout

    def hear(self) -> Message:
        """Take what it has to say; ``died`` and how, where it is gone."""
        try:
            data = self.connection.recv_bytes()
        except (EOFError, OSError):
            return "died", self.end()
        try:
            message: Message = loads(data)
        except Exception as error:
            return "stuck", explain(error)
        if message[0] == "started":
            return self._introduce()
        self.is_ready = True
        return message

    def _introduce(self) -> Message:
        """Send the function, only now that somebody reads: the others would wait for their start while this one starts up."""
        try:
            self.connection.send_bytes(dumps(_main_module()))
            self.connection.send_bytes(self.function)
        except OSError:
            return "died", self.end()
        return "started", None

    def dismiss(self) -> None:
        """Ask it to end; at once where it is at work. `end` waits for it."""
        if self.is_ready and self.task is None:
            self.connection.close()
        else:
            self.kill()

    def kill(self) -> None:
        """Kill it, and the programs that it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def end(self) -> str:
        """Wait until it is gone and say how it died."""
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(SECONDS_TO_LEAVE)
        self.kill()
        self._lifeline.close()
        return _how(self.process.wait())


def _environment(threads: int) -> dict[str, str]:
    given = {name: os.environ.get(name, "") for name in THREAD_LIMITS}
    limits = {name: str(min(threads, int(value)) if value.isdigit() else threads) for name, value in given.items()}
    return {**MEMORY_LIMITS, **os.environ, **limits, "PYTHONUTF8": str(sys.flags.utf8_mode)}


def _main_module() -> dict[str, Any]:
    """Say how the main module can be imported, where a function turns out to come from it; nothing for a prompt."""
    found = get_preparation_data("worker")
    if not Path(found.get("init_main_from_path", "")).exists():  # "<stdin>" where a program is read from there
        return {}
    return {name: value for name, value in found.items() if name.startswith("init_main")}


def _how(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with suppress(ValueError):  # a signal that Python has no name for
        return f"signal {-code}, {signal.Signals(-code).name}"
    return f"signal {-code}"


# What follows runs in the worker.


def serve(connection: int, lifeline: int) -> None:
    """Answer the parts that come through `connection`, until it is closed; both are file descriptors."""
    _inside["worker"] = True
    for descriptor in (connection, lifeline):
        os.set_inheritable(descriptor, False)  # a program that the function starts must not keep them open
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides when to stop
    _end_with(lifeline)
    with suppress(EOFError, ConnectionError):
        _serve(Connection(connection))


def _end_with(lifeline: int) -> None:
    """Let the system end this process when the other end of `lifeline` closes, even in the midst of a decoder that never returns.

    SIGIO ends a process on Linux; where it does not, a worker whose parent was killed ends after the part that it is on.
    """
    import fcntl  # only workers need it, and not every system has it

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _serve(connection: Any) -> None:
    connection.send(("started", None))
    sys.modules["__main__"] = _Main(loads(connection.recv_bytes()))
    data = connection.recv_bytes()
    try:
        function = loads(data)
    except BaseException as error:  # importing a module may raise anything
        connection.send(("stuck", explain(error)))
        return
    del data  # it may be large
    connection.send(("ready", None))
    while True:
        connection.send_bytes(_answer(function, connection.recv_bytes(), connection))


def _answer(function: Callable[[Any], Any], data: bytes, connection: Any) -> Buffer:
    try:
        part = loads(data)
    except Exception as error:
        return dumps(("stuck", explain(error)))
    try:
        with problems_to(lambda problem: connection.send(("problem", problem))):
            answer = function(part)
    except BaseException as error:  # SystemExit, too, is raised in the process that asked
        return _error(error)
    try:
        return dumps(("answer", answer))
    except Exception as error:
        return dumps(("unsendable", explain(error)))


def _error(error: BaseException) -> Buffer:
    trace = "".join(traceback.format_exception(error))
    try:
        data = dumps(("error", (error, trace)))
        loads(data)  # some can be written and not read: their class wants other arguments than it keeps
    except Exception:
        instead = RuntimeError(explain(error))
        for note in getattr(error, "__notes__", ()):
            instead.add_note(note)
        data = dumps(("error", (instead, trace)))
    return data


class _Main(ModuleType):
    """Stands for the main module of the process that started this one, which is imported only where something comes from it."""

    def __init__(self, preparation: dict[str, Any]) -> None:
        super().__init__("__main__")
        self._preparation = preparation

    def __repr__(self) -> str:  # stands in the message where something is not found
        return "a prompt, or a program that other processes cannot import"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _inside["import of main"] = True
        prepare(self._preparation)
        _inside["import of main"] = False
        if sys.modules["__main__"] is self:
            raise AttributeError(name)
        return getattr(sys.modules["__main__"], name)
