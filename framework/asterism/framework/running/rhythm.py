"""How often work is written down, so that a kill costs little and writing costs little as well."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SHARE = 10
"""Work is written once it has taken this many times as long as writing takes: a tenth of the time goes into it at most."""
FIRST_COST = 0.005
"""Seconds that writing is taken to need before it was done."""
SHARE_OF_AGE = 0.001
"""Not before this share of all the time has gone by either: a long run need not be written down a million times."""


@dataclass
class Rhythm:
    """Tells when to write, from how long it takes."""

    _begin: float = field(default_factory=time.perf_counter)
    _last: float = field(default_factory=time.perf_counter)
    _cost: float = FIRST_COST

    @property
    def is_due(self) -> bool:
        """True where it is time to write."""
        now = time.perf_counter()
        return now - self._last >= max(SHARE * self._cost, SHARE_OF_AGE * (now - self._begin))

    def write(self, do: Callable[[], None]) -> None:
        """Write, and take note of how long it took."""
        begin = time.perf_counter()
        do()
        self._last = time.perf_counter()
        self._cost = self._last - begin
