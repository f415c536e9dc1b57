"""A fit by rounds of sums that is kept from time to time, so that a run that is killed goes on where it was."""

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from .state import dump_value
from .store import Draft
from .summation import Summary

logger = logging.getLogger("asterism.framework")

CHECKPOINT_SHARE = 10
"""A checkpoint is written once this many times the seconds that the last one took have gone by."""
CHECKPOINT_SECONDS = 0.5


@dataclass
class Rounds:
    """Where a fit by sums is, and how it is kept from time to time, so that a run that is killed goes on from there."""

    component: Any
    draft: Draft | None
    left: dict[str, Any] | None = None
    """What an earlier run kept."""
    bad: list[dict[str, Any]] = field(default_factory=list)
    """The records that were left out on the way; kept with the rest."""
    n_parts: int = 0
    """Batches of this round that are in the total."""
    total: Summary | None = None
    is_over: bool = False
    _written: float = field(default_factory=time.perf_counter)
    _cost: float = 0.0

    def __post_init__(self) -> None:
        self.is_new = self.left is None
        if self.left:
            vars(self.component).update(self.left["learned"])
            self.n_parts, self.total = self.left["n_parts"], self.left["total"] or None

    def seen(self, total: Summary) -> None:
        """Take note of another batch."""
        self.n_parts, self.total = self.n_parts + 1, total
        now = time.perf_counter()
        if now - self._written > max(CHECKPOINT_SECONDS, CHECKPOINT_SHARE * self._cost):
            self._write()
            self._cost, self._written = time.perf_counter() - now, time.perf_counter()

    def absorb(self, total: Summary) -> None:
        """End a round."""
        self.is_over = self.component.absorb(total)
        self.n_parts, self.total = 0, None
        if self.is_over:
            self._write(fitted=True)

    def _write(self, **more: Any) -> None:
        if self.draft is None:
            return
        state = {"learned": self.component.learned(), "n_parts": self.n_parts, "total": self.total or {}, "bad": self.bad, **more}
        try:
            arrays, tree = dump_value(state)
        except TypeError as error:  # a total that cannot be kept is added up again
            logger.debug("no checkpoint: %s", error)
        else:
            self.draft.checkpoint(arrays, tree)
