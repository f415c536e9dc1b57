"""How long a run will still take: the rates of its stages, as they were measured, in this run and in earlier ones."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..fingerprint import NoDigest, digest_of
from ..stages import Stage
from ..state import class_reference
from ..store import Store


@dataclass
class Pace:
    """Knows how many records a second a stage does, and so what is left of a run."""

    stages: Sequence[Stage]
    store: Store | None = None
    n_records: int = 0
    _rates: dict[str, float] = field(default_factory=dict)
    _begin: float = 0.0
    _skipped: int = 0

    def __post_init__(self) -> None:
        self._rates = self.store.rates() if self.store else {}

    def begin(self, skipped: int = 0) -> None:
        """Start the clock of a stage, of which `skipped` records are done already."""
        self._begin, self._skipped = time.perf_counter(), skipped

    def seconds(self) -> float:
        """Return how long the stage has been running."""
        return time.perf_counter() - self._begin

    def rate(self, done: int) -> float:
        """Return the records per second of the stage that runs."""
        return max(done - self._skipped, 0) / max(self.seconds(), 1e-9)

    def seconds_left(self, stage: Stage, done: int, total: int, rate: float) -> float | None:
        """Return the seconds until the run is over; None where a stage to come has never been timed."""
        if done < total and rate == 0:
            return None
        left = (total - done) / rate if done < total else 0.0
        for later in self.stages[self.stages.index(stage) + 1 :]:
            known = self._rates.get(_name(later), 0.0)
            if not known:
                return None
            left += self.n_records / known
        return left

    def learn(self, stage: Stage, n_records: int, seconds: float) -> None:
        """Remember how fast a stage was, for the runs to come."""
        if self.store and seconds > 0:
            self.store.learn_rate(_name(stage), n_records / seconds)


def _name(stage: Stage) -> str:
    try:
        fields = digest_of(stage.component.get_params(deep=False))[:16]
    except NoDigest:
        fields = ""
    return f"{class_reference(type(stage.component))} {fields}".strip()
