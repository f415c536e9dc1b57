"""Nothing is lost in silence: how a component says that it skipped, cut or cast something."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .errors import shorten

logger = logging.getLogger("asterism.framework")


@dataclass(frozen=True)
class Problem:
    """Something that did not stop the run and that a person should know."""

    message: str
    count: int = 1
    """How many records (or items, or values) are concerned."""
    rows: tuple[int, ...] = ()
    """Positions of the records concerned, as far as the component knows them."""
    ids: tuple[str, ...] = ()
    """Their ids."""
    stage: str = ""
    """Name of the stage that reported it."""
    place: str = ""
    """Where it was found: a file, a line of a file."""
    quarantined: bool = False
    """True where the record was left out because of it."""
    expected: bool = False
    """True where it is what a setting asked for, so that `strict` lets it pass."""

    def __str__(self) -> str:
        stage = f"stage '{self.stage}': " if self.stage else ""
        place = f"{self.place}: " if self.place else ""
        records = f" (records {self._records()})" if self.ids else ""
        return f"{stage}{place}{self.message}{records}"

    def _records(self) -> str:
        """Write the first ids and how many more there are, of which not all ids need be known."""
        unknown = self.count - len(self.ids)
        return shorten(self.ids) if unknown <= 0 else f"{shorten(self.ids[:5])} and {self.count - len(self.ids[:5]):,} more"


_listener: ContextVar[Callable[[Problem], None] | None] = ContextVar("asterism_problem_listener", default=None)


def report_problem(
    message: str, *, count: int | None = None, rows: Sequence[int] = (), ids: Sequence[str] = (), expected: bool = False
) -> None:
    """Say that something was skipped, cut or cast: to the run that this happens in, or to the log outside of one.

    `expected` marks what a setting asked for: it is told, and no error with `strict`.
    """
    problem = Problem(message, len(rows) or len(ids) or 1 if count is None else count, tuple(rows), tuple(ids), expected=expected)
    listener = _listener.get()
    if listener is None:
        logger.warning("%s", problem)
    else:
        listener(problem)


@contextmanager
def problems_to(listener: Callable[[Problem], None]) -> Iterator[None]:
    """Send what is reported in this context (thread, task) to `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
