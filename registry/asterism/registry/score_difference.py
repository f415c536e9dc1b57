"""How the scores of one stage changed from one run to another. Scores have no unit, so their order is compared, not their size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.values import Scores

SHOWN = 10
"""How many records are kept that changed their place most."""


@dataclass(frozen=True)
class RankMove:
    """A record and its place among those that both runs have, 1 for the highest score; equal scores share the mean of their places."""

    id: str
    before: float
    after: float


@dataclass(frozen=True)
class ScoreDifference:
    """How the scores of one stage changed."""

    spearman: float
    """Rank correlation, 1 for the same order, 0 for none in common, -1 for the opposite one. Spearman, 1904."""
    moves: list[RankMove]
    """The records that changed their place most, the largest change first."""


def compare_scores(ids: Any, before: Scores, after: Scores) -> ScoreDifference:
    """Compare two scores of the same records, row by row."""
    first, second = _places(before), _places(after)
    changes = np.abs(second - first)
    most = [row for row in np.argsort(-changes, kind="stable")[:SHOWN].tolist() if changes[row] > 0]
    moves = [RankMove(str(ids[row]), float(first[row]), float(second[row])) for row in most]
    return ScoreDifference(_correlation(first, second), moves)


def _places(scores: Scores) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    return np.asarray(rankdata(-np.asarray(scores, np.float64)), np.float64)


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Correlate places; where all of one run are equal, the runs have the same order only if all of the other are equal too."""
    first, second = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((first @ first) * (second @ second)))
    if spread == 0:
        return float(not first.any() and not second.any())
    return float(np.clip(first @ second / spread, -1, 1))
