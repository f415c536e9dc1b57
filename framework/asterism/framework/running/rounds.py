"""A fit by rounds of sums that is kept from time to time, so that a run that is killed goes on where it was."""

import logging
from dataclasses import dataclass, field
from typing import Any

from ..state import dump_value
from ..store import Draft
from ..summation import Summary
from .rhythm import Rhythm

logger = logging.getLogger("asterism.framework")


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
    _rhythm: Rhythm = field(default_factory=Rhythm)

    def __post_init__(self) -> None:
        self.is_new = self.left is None
        if self.left:
            vars(self.component).update(self.left["learned"])
            self.n_parts, self.total = self.left["n_parts"], self.left["total"] or None

    def seen(self, total: Summary) -> None:
        """Take note of another batch."""
        self.n_parts, self.total = self.n_parts + 1, total
        if self.draft and self._rhythm.is_due:
            self._rhythm.write(self._write)

    def absorb(self, total: Summary) -> None:
        """End a round."""
        self.is_over = self.component.absorb(total)
        self.n_parts, self.total = 0, None
        if self.is_over:
            self._write(is_over=True)

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
