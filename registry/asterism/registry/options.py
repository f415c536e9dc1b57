"""How a run is done, as a spec and the command line say it; texts such as `2GiB`, `30s` and `5%` become numbers here."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism.framework.engine import Engine
from asterism.framework.errors import DataError
from asterism.framework.local import LocalEngine
from asterism.framework.memory import parse_bytes

if TYPE_CHECKING:
    from asterism.framework.settings import Settings

    from .spec import SpecFile

CACHE = Path("runs/.cache")
"""Where results are kept that are given no folder."""
OFF = "off"
UNITS = {"ms": 0.001, "min": 60.0, "s": 1.0, "h": 3600.0}
"""Seconds, by what a time ends in; an ending stands before those that it ends in."""
HOW = ("memory", "cache", "workers", "timeout", "engine", "hooks", "metrics", "pictures")
"""The keys of a spec that say how a run is done and looked at, and not what."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is done: what `Settings` are made of when it begins (no folder is made before), and what is measured in the end."""

    strict: bool = False
    max_bad: float = 0.5
    limit: int | None = None
    memory: int | None = None
    cache: Path | None = CACHE
    """None: nothing is kept."""
    workers: int | None = None
    """None: as many as there are cores, where that pays."""
    timeout: float | None = None
    engine: type[Engine] = LocalEngine
    metrics: list[str] | None = None
    """The metrics that are computed; None: all that nobody has to ask for."""
    pictures: list[str] | None = None
    """The pictures that are drawn, likewise."""

    def changed(self, *, memory: int | None = None, cache: str | None = None, workers: int | str | None = None) -> "Options":
        """Return the options with what a command says put in the place of what the spec says; None says nothing."""
        found: dict[str, Any] = {}
        if memory is not None:
            found["memory"] = memory
        if cache is not None:
            found["cache"] = None if cache == OFF else Path(cache)
        if workers is not None:
            found["workers"] = None if workers == "auto" else workers
        return replace(self, **found)

    def settings(self) -> "Settings":
        """Make the settings of one run: the folder of the cache is made now, `OutputError` where that cannot be."""
        from asterism.framework.settings import Settings
        from asterism.framework.store import Store

        return Settings(
            strict=self.strict,
            max_bad=self.max_bad,
            limit=self.limit,
            memory=self.memory,
            store=Store(self.cache) if self.cache else None,
            engine=self.engine(workers=self.workers, timeout=self.timeout),
        )


def options_of(shape: "SpecFile", limit: int | None, engine: type[Engine], folder: Path) -> Options:
    """Read the options of a spec, whose relative paths start at `folder`."""
    return Options(
        strict=shape.strict,
        max_bad=parse_share(shape.max_bad),
        limit=limit,
        memory=parse_bytes(str(shape.memory)) if shape.memory is not None else None,
        cache=CACHE if shape.cache is None else None if shape.cache == OFF else folder / shape.cache,
        workers=None if shape.workers == "auto" else shape.workers,
        timeout=None if shape.timeout is None else parse_seconds(shape.timeout),
        engine=engine,
        metrics=shape.metrics,
        pictures=shape.pictures,
    )


def parse_seconds(value: float | str) -> float:
    """Read a time such as ``30s`` or ``2min``; a number is seconds."""
    if not isinstance(value, str):
        return float(value)
    unit = next(unit for unit in UNITS if value.endswith(unit))
    return max(0.001, float(value.removesuffix(unit)) * UNITS[unit])


def parse_share(value: float | str) -> float:
    """Read a share such as ``5%``; a number is the share itself."""
    return float(value.removesuffix("%")) / 100 if isinstance(value, str) else float(value)


def parse_workers(text: str) -> int | str:
    """Read a number of processes, or ``auto``; `DataError` where it is neither."""
    if text == "auto":
        return text
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 4096:
        raise DataError(f"'{text}' is no number of processes", hint="write a number from 1 on, or auto")
    return int(text)
