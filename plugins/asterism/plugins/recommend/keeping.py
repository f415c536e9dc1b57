"""Recommenders that keep the events they learned from, and so can learn from further ones."""

from abc import ABC
from typing import Any, Self

import numpy as np

from asterism.framework import Interactions

from .logs import Log, joined
from .scorer import Scorer


class KeepsEvents(Scorer, ABC):
    """Base of recommenders whose model is little more than the events themselves.

    `users_` and `events_` (CSR of users x items, the weights of each pair added up) are what was learned from. A further event is added to
    them, and what is counted from them is counted anew, which is the smaller part of a fit.
    """

    def _learn_from(self, log: Log) -> None:
        log = log.at(np.flatnonzero(np.diff(log.indptr)))  # users without history are not kept, so they must not count in a fit either
        super()._learn_from(log)
        self.users_, self.events_ = log.users, log.matrix

    def update(self, interactions: Interactions) -> Self:
        """Add events: of users known and new, with items known and new. The answer is that of a fit on all of them."""
        return self.fit(joined(_as_interactions(self.users_, self.items_, self.events_), interactions))


def _as_interactions(users: list[str], items: list[str], matrix: Any) -> Interactions:
    return Interactions(users, items, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data)
