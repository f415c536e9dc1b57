"""A fit that is a sum over the data, so that it streams, runs in parallel, spreads over machines and federates.

Chu et al., "Map-Reduce for Machine Learning on Multicore", NIPS 2006.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .values import Matrix

Summary: TypeAlias = dict[str, NDArray[Any]]
"""What one batch contributes to a round: named float64 or int64 arrays that add."""


class Summable(ABC):
    """A component whose fit is rounds of sums: mix it into a kind.

    `begin` is called once, then `summarize` over every batch and `absorb` with the total, until `absorb` returns True.
    """

    @abstractmethod
    def begin(self, sample: Matrix) -> None:
        """Take shapes and starting values from a small sample of rows."""

    @abstractmethod
    def summarize(self, batch: Matrix) -> Summary:
        """Return what a batch contributes to this round; pure: it changes nothing in self."""

    @abstractmethod
    def absorb(self, total: Summary) -> bool:
        """Take in one round's total; True when the fit is done."""


Fitted = TypeVar("Fitted", bound=Summable)


def fit_by_sums(component: Fitted, batches: Iterable[Matrix], sample: Matrix | None = None) -> Fitted:
    """Fit `component` by folding re-iterable `batches` in their order; `sample` defaults to the first batch."""
    component.begin(next(iter(batches)) if sample is None else sample)
    while not component.absorb(add_up(component.summarize(batch) for batch in batches)):
        pass
    return component


def add_up(summaries: Iterable[Summary]) -> Summary:
    """Add summaries in the given order, so that the answer does not depend on who computed them."""
    total: Summary = {}
    for summary in summaries:
        for name, values in summary.items():
            total[name] = np.asarray(total[name] + values) if name in total else values
    return total
