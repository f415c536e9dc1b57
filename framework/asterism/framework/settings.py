"""How a run is to be done, whatever the pipeline: memory, workers, bad records, and where results are kept."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .engine import Engine

if TYPE_CHECKING:
    from .store import Store


def _local() -> Engine:
    from .local import LocalEngine  # loaded with the first run, like everything that only a run needs

    return LocalEngine()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run is to be done; none of it changes what a run gives, except for which records are left out."""

    strict: bool = False
    """Turn the first record that cannot be read, and everything else that would be reported, into an error."""
    max_bad: float = 0.5
    """Stop where more than this share of the records cannot be read or encoded."""
    limit: int | None = None
    """Read this many records at most; what an endless source needs."""
    memory: int | None = None
    """Bytes that the results of stages may take in memory; more go to disk. None: half of what is free when the run begins."""
    store: "Store | None" = None
    """Where results are kept for later runs, and for this one where it is stopped; None keeps nothing."""
    engine: Engine = field(default_factory=_local)
    """What works on batches of records: how many at once, and how long one may take."""
    scratch: Path | None = None
    """Folder for results that have no room in memory, where there is no store; None: where the system keeps temporary files."""
