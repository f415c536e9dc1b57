"""A fit that is a sum over the data, so that it streams, runs in parallel, spreads over machines and federates.

Chu et al., "Map-Reduce for Machine Learning on Multicore", NIPS 2006.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

import numpy as np

from .values import Matrix

Summary: TypeAlias = dict[str, Any]
"""What one batch contributes to a round, by name: float64 or int64 arrays, which add, or dicts of whole numbers by string, of which
those under one key add; what is not known beforehand, such as a vocabulary, can be summed in such a dict."""


class Summable(ABC):
    """A component whose fit is rounds of sums: mix it into a kind.

    A batch is some rows of a matrix, or a list of items where the component takes records.

    `begin` is called once, then `summarize` over every batch and `absorb` with the total, until one of `begin` and `absorb`
    returns True.
    """

    @abstractmethod
    def begin(self, sample: Matrix) -> bool | None:
        """Take shapes and starting values from a small sample; True where that is all there is to learn, so that no round is needed."""

    @abstractmethod
    def summarize(self, batch: Matrix) -> Summary:
        """Return what a batch contributes to this round; pure: it changes nothing in self."""

    @abstractmethod
    def absorb(self, total: Summary) -> bool:
        """Take in one round's total; True when the fit is done."""


Fitted = TypeVar("Fitted", bound=Summable)


def fit_by_sums(component: Fitted, batches: Iterable[Matrix], sample: Matrix | None = None) -> Fitted:
    """Fit `component` by folding re-iterable `batches` in their order; `sample` defaults to the first batch."""
    is_over = component.begin(next(iter(batches)) if sample is None else sample)
    while not is_over:
        is_over = component.absorb(add_up(component.summarize(batch) for batch in batches))
    return component


def add_up(summaries: Iterable[Summary]) -> Summary:
    """Add summaries in the given order, so that the answer does not depend on who computed them."""
    total: Summary = {}
    for summary in summaries:
        add_to(total, summary)
    return total


def add_to(total: Summary, summary: Summary) -> None:
    """Add one summary to a total, in place; the summary stays as it is."""
    for name, values in summary.items():
        if isinstance(values, dict):
            _add_counts(total.setdefault(name, {}), values)
        else:
            total[name] = np.asarray(total[name] + values) if name in total else values


def _add_counts(total: dict[str, int], counts: dict[str, int]) -> None:
    """Add in place: what this takes grows with the batch, not with the total."""
    for key, count in counts.items():
        total[key] = total.get(key, 0) + count
