"""Amounts of memory: read and written for people, and how much of it this process may still take."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from .errors import DataError

UNITS = {"": 1, "b": 1, "bytes": 1}
UNITS |= {f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)}

CGROUP_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Limit, use, and what of the use is file cache that can be dropped, in versions 2 and 1 of Linux control groups."""


def parse_bytes(text: str) -> int:
    """Read an amount such as ``500MB``, ``2GiB``, ``1.5 GB`` or ``1048576``; `DataError` where it is none."""
    found = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)\s*", text)
    unit = UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise DataError(f"'{text}' is no amount of memory", hint="write it as 500MB, 2GiB or a number of bytes")
    return round(float(found[1]) * unit) if "." in found[1] else int(found[1]) * unit


def write_bytes(n: int) -> str:
    """Write an amount with three digits or so, in a form that `parse_bytes` reads: ``1.5 GiB``."""
    if n < 1024:
        return f"{n} bytes"
    power = next(power for power in (1, 2, 3, 4) if n < 999.5 * 1024**power or power == 4)
    value = n / 1024**power
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    text = f"{value:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {'KMGT'[power - 1]}iB"


def available() -> int:
    """Return the bytes that this process may still take: what the machine has free, or less where a control group limits it."""
    from psutil import virtual_memory

    return min([int(virtual_memory().available), *_left_in_cgroups(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def peak() -> int:
    """Return the most bytes that this process has held in memory so far."""
    try:
        import resource
    except ImportError:  # Windows
        from psutil import Process

        return int(Process().memory_info().peak_wset)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024  # elsewhere it is counted in KiB


def _left_in_cgroups(own: Path, root: Path) -> Iterator[int]:
    """Yield what is left to each control group around this process; nothing where there is no such thing as a control group."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            # A container sees its own group as the root, or does not see its path at all: then a folder is missing and says nothing.
            inner = root / controllers / path.lstrip("/")
            for folder in (inner, *inner.parents):
                if folder.is_relative_to(root / controllers):
                    yield from _left_in(folder)


def _left_in(folder: Path) -> Iterator[int]:
    for limit, used, droppable in CGROUP_FILES:
        try:
            most, now = int((folder / limit).read_text()), int((folder / used).read_text())
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):  # the other version, or "max": no limit
            continue
        yield max(0, most - now + int(stat.get(droppable, 0)))
