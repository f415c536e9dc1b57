"""Every error that Asterism raises on purpose.

::

    AsterismError
    ├── SpecError            a spec file cannot be used; carries every problem of the file
    ├── PluginError          a component cannot be had
    │   ├── UnknownComponent     nothing is registered under that name
    │   ├── BrokenPlugin         registered, but loading it failed
    │   ├── MissingExtra         registered, but a package of one of its extras is missing
    │   └── ConflictingPlugins   several distributions register the name
    ├── WiringError          the stages of a pipeline do not fit together
    ├── DataError            the data cannot be used (also a ValueError)
    ├── NotFittedError       a component was used before fit (also a ValueError and an AttributeError)
    ├── ModelError           a saved model cannot be loaded
    ├── OutputError          the results cannot be written where they were wanted
    └── Cancelled            the host asked a run to stop

A message names the place, the rule, the value and the way out. The parts are attributes too, so that a host can show them its own way.
"""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any


class AsterismError(Exception):
    """Base of the tree: catch it to catch everything that Asterism raises on purpose."""


class SpecError(AsterismError):
    """A spec cannot be used.

    Attributes
    ----------
    problems
        Every problem of the spec, in the order of the file; `str` of each is one line.
    """

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginError(AsterismError):
    """A component cannot be had."""


class UnknownComponent(PluginError):
    """Nothing is registered under that name."""


class BrokenPlugin(PluginError):
    """The name is registered, but what it points to cannot be loaded or is not what it claims to be."""


class MissingExtra(PluginError):
    """The name is registered, but a package of one of its distribution's extras is not installed."""


class ConflictingPlugins(PluginError):
    """Several distributions register one name; ``dist:name`` chooses."""


class WiringError(AsterismError):
    """The stages of a pipeline do not fit together."""


class DataError(AsterismError, ValueError):
    """The data cannot be used.

    Attributes
    ----------
    reason
        The rule that was broken, and the value that broke it.
    place
        Where it was found: a file, a line of a file.
    hint
        The way out.
    rows
        Positions of the records concerned; the pipeline turns them into `ids`.
    ids
        Ids of the records concerned.
    stage
        Name of the stage that was running.
    is_final
        True where the run itself stops, by `strict` or `max_bad`: leaving out the records concerned is no way on.
    """

    is_final = False

    def __init__(
        self,
        reason: str,
        *,
        place: str = "",
        hint: str = "",
        rows: Sequence[int] = (),
        ids: Sequence[str] = (),
        stage: str = "",
    ) -> None:
        super().__init__(reason)
        self.reason, self.place, self.hint = reason, place, hint
        self.rows, self.ids, self.stage = tuple(rows), tuple(ids), stage

    def __str__(self) -> str:
        stage = f"stage '{self.stage}': " if self.stage else ""
        place = f"{self.place}: " if self.place else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{stage}{place}{self.reason}{self._records()}{hint}"

    def _records(self) -> str:
        if self.ids:
            return f" (records {shorten(self.ids)})"
        return f" (rows {shorten(self.rows)})" if self.rows else ""


class NotFittedError(AsterismError, ValueError, AttributeError):
    """A component was asked for what only `fit` learns."""


class ModelError(AsterismError):
    """A saved model cannot be loaded: changed, incomplete, foreign, or its components are not installed."""


class OutputError(AsterismError):
    """The results cannot be written where they were wanted."""


class Cancelled(AsterismError):
    """The host asked the run to stop, and it stopped."""


def not_fitted(message: str) -> NotFittedError:
    """Make the error; where scikit-learn is loaded, code that catches its `NotFittedError` catches ours too."""
    return _not_fitted_class("sklearn.exceptions" in sys.modules)(message)


@cache
def _not_fitted_class(sklearn_is_loaded: bool) -> type[NotFittedError]:
    if not sklearn_is_loaded:
        return NotFittedError
    theirs: Any = sys.modules["sklearn.exceptions"].NotFittedError
    return type("NotFittedError", (NotFittedError, theirs), {"__doc__": NotFittedError.__doc__})


def shorten(values: Sequence[object], limit: int = 5) -> str:
    """Write the first `limit` values and how many more there are: ``'a', 'b' and 3 more``."""
    shown = ", ".join(repr(value) for value in values[:limit])
    return f"{shown} and {len(values) - limit} more" if len(values) > limit else shown
