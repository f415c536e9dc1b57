"""Where work on partitions is done: the interface of engines, and what an engine says of a partition that it lost.

An engine maps a function over partitions and folds the rounds of a `Summable` fit, and nothing else; components know nothing of it.
Engines are entry points of the group ``asterism.engine``; `asterism.framework.local` holds the one that is built in.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import DataError
from .summation import Summary, add_to


@dataclass(frozen=True)
class Lost:
    """Stands for the answer to a partition whose worker died or took too long."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Engine(ABC):
    """Runs functions over partitions; a function and its partitions may have to travel to another process or machine."""

    workers: int | None = 1
    """How many partitions are worked on at once; None leaves it to the engine."""
    timeout: float | None = None
    """Seconds that a partition may take, after which it is lost; None waits for ever."""

    @abstractmethod
    def map(self, function: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
        """Yield ``function(part)`` for each part, in the order of the parts; `Lost` where it has no answer.

        Parts are taken from `parts` as they are needed, so that only a few are in memory at once. An exception of `function` is
        raised here; what it reports (`report_problem`) is reported here. Closing the iterator stops the work.
        """

    def fold(
        self,
        summarize: Callable[[Any], Summary],
        parts: Iterable[Any],
        total: Summary | None = None,
        seen: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Add up ``summarize(part)`` over all parts to `total`, in their order, so that the answer does not depend on who computed it.

        `seen` is called with the total so far after each part, by an engine that adds up here; another may leave it out.
        """
        total = total or {}
        for summary in self.map(summarize, parts):
            if isinstance(summary, Lost):
                raise DataError(f"a batch could not be added up: {summary.reason}", hint="start the run again")
            add_to(total, summary)
            if seen:
                seen(total)
        return total
