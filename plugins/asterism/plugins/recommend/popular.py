"""The recommender that everybody gets the same from: what most users touched, of late if wished."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

import numpy as np
from annotated_types import Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Interactions, Reason
from asterism.framework.kinds import one_history

from .logs import Log
from .scorer import Score, Scorer

DAY = 86_400.0
"""Seconds of a day."""


class Popular(Scorer):
    """Ranks the items that most users touched; each event counts the less the longer it lies back, where a half-life is given.

    Without a half-life the score of an item is its number of users. With one it is the sum over its events of ``0.5 ** (age /
    half_life_days)``, the age counted from the latest event learned from; `DataError` where the events have no times then.

    Beside what every recommender of this family learns, `scores_` (n_items,) holds the scores and `latest_` the time of the latest event,
    in seconds since 1970 (0 without times).
    """

    half_life_days: Annotated[float, Gt(0)] | None = None
    """After so many days an event counts half; left out, all count the same."""

    recommends_above: ClassVar[float] = 0.0

    def _learn(self, log: Log) -> None:
        self.latest_ = _latest(log)
        self.scores_ = self._counted(log, self.latest_)

    def update(self, interactions: Interactions) -> Self:
        """Add events of users who are not among those learned from, whose items may be new."""
        log = Log.to_add(interactions, self.items_)
        log.check_weights(self.takes_any_weight)
        latest = max(self.latest_, _latest(log))
        scores = self._counted(log, latest)
        scores[: len(self.items_)] += self.scores_ * self._aged(latest - self.latest_)
        self.scores_, self.latest_ = scores[self._take_in(log)], latest
        return self

    def explain(self, history: Interactions | Sequence[str], item: str, n: int = 5) -> list[Reason]:
        """Say how many users touched the item; the history plays no part."""
        score = self._scores_of(item, one_history(history))[0]
        return [Reason(f"{self.popularity_[self.items_.index(item)]} users touched {item}", score, (item,))]

    def _counted(self, log: Log, latest: float) -> NDArray[np.float64]:
        """Count the users of each item, or its events by their age at a time."""
        if self.half_life_days is None:
            return log.users_per_item.astype(np.float64)
        if log.times is None:
            hint = "name the column of times with `time` in the source, or leave half_life_days out"
            raise DataError("half_life_days needs the times of the events, and there are none", hint=hint)
        return np.bincount(log.columns, self._aged(latest - log.times), len(log.items)).astype(np.float64)

    def _aged(self, seconds: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return what an event of this age counts."""
        days = np.asarray(seconds) / DAY
        aged: NDArray[np.float64] = np.ones_like(days) if self.half_life_days is None else 0.5 ** (days / self.half_life_days)
        return aged

    def _cold_scores(self) -> NDArray[np.float64]:
        return self.scores_

    def _scorer(self) -> Score:
        scores = self.scores_.astype(np.float32)
        return lambda histories: np.tile(scores, (len(histories), 1))


def _latest(log: Log) -> float:
    return 0.0 if log.times is None else float(log.times.max(initial=0.0))
