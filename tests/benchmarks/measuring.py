"""How the benchmarks measure: whole processes by wall time and peak memory, calls by the processor's clock or on the wall."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).parent / "asterism")


def measure(command: list[str]) -> tuple[float, float, str]:
    """Run a command; return its wall time in seconds, its peak memory in MiB and what it printed."""
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, printed


def run_spec(spec: Path, out: Path, *options: str) -> tuple[float, float, dict[str, Any]]:
    """Run a spec by the command line; return wall time in seconds, peak memory in MiB and what ``--json`` says."""
    seconds, memory, printed = measure([COMMAND, "run", str(spec), "--out", str(out), "--json", *options])
    return seconds, memory, json.loads(printed)


def seconds(action: Callable[..., object], *arguments: object) -> float:
    """Time one call by the processor's clock, which other programs disturb less."""
    begin = time.process_time()
    action(*arguments)
    return time.process_time() - begin


def elapsed(work: Callable[[], object]) -> float:
    """Time one call by the clock on the wall, which counts all cores that it uses."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(name: str, ours: Callable[[], object], peer: Callable[[], object] | None = None, rounds: int = 5) -> None:
    """Print the smallest time of ours, and where there is a peer, that of it, called in turn with ours, and their ratio."""
    pairs = [(elapsed(ours), elapsed(peer) if peer else 0.0) for _ in range(rounds)]
    mine, others = (min(times) for times in zip(*pairs, strict=True))
    print(f"{name:52} ours {mine:8.4f} s" + (f"   peer {others:8.4f} s   ratio {mine / others:5.2f}" if peer else ""), flush=True)
