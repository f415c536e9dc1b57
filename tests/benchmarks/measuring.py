"""How the benchmarks measure: whole processes by wall time and peak memory, calls by the processor's clock."""

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
