"""What an engine does with a batch of records: small functions that can travel to another process, and what comes back."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..component import Component
from ..errors import DataError
from ..problems import Problem, problems_to
from ..records import Entry, Records
from ..summation import Summable, Summary
from ..values import Matrix, is_sparse, rows_not_finite
from .feed import Part

Decode = Callable[[Entry], Any]


class Done(NamedTuple):
    """What came of a batch."""

    value: Matrix
    """One row for each record that could be used; None where there is none."""
    bad: tuple[tuple[int, Problem], ...] = ()
    """Place in the source of each record that could not, and why."""
    told: tuple[Problem, ...] = ()
    """What the component reported, with ids in the place of rows: rows of a batch mean nothing outside of it."""


@dataclass(frozen=True)
class ApplyBatch:
    """Apply a component to a batch, decoding as it goes; a record that fails costs nobody else anything.

    Where not one record of a first batch can be used, the error is raised: more likely the settings are wrong than all of the data.
    """

    decode: Decode
    component: Component
    label: str
    """What messages call the component."""

    def __call__(self, part: Part) -> Done:
        try:
            return self._apply(part)
        except Exception as error:  # whatever it is and whichever record it comes from is found out now
            return self._without_bad(part, error)

    def _without_bad(self, part: Part, first: Exception) -> Done:
        """Find the records that cannot be decoded; if the others fail still, take them one by one."""
        part, bad = _decodable(self.decode, part)
        if bad and part.rows:
            with suppress(Exception):  # it is found out below
                return self._apply(part)._replace(bad=_problems(bad))
        done: list[Done] = []
        for single in part.singles():
            try:
                done.append(self._apply(single._replace(width=part.width or _width(done))))
            except Exception as error:
                bad.append((single, error))
        if not done and part.is_first:
            raise first
        told = tuple(problem for one in done for problem in one.told)
        return Done(stacked([one.value for one in done]) if done else None, _problems(bad), told)

    def _apply(self, part: Part) -> Done:
        heard: list[Problem] = []
        with problems_to(heard.append):
            value = self.component.apply(Records(part.entries, self.decode))
        self._check(value, part)
        return Done(value, told=tuple(_by_ids(problem, part) for problem in heard))

    def _check(self, value: Matrix, part: Part) -> None:
        if value.shape[0] != len(part.rows):
            hint = "this is an error of that component"
            raise DataError(f"{self.label} gave {value.shape[0]} rows for {len(part.rows)} records", hint=hint)
        if strange := rows_not_finite(value):
            hint = "leave these records out, or choose another component"
            raise DataError(f"{self.label} gave NaN or infinity", rows=strange, hint=hint)
        if part.width is not None and value.ndim == 2 and value.shape[1] != part.width:
            hint = "choose settings that give all of them one width"
            raise DataError(f"{self.label} gave {value.shape[1]} columns where the first record gave {part.width}", hint=hint)


@dataclass(frozen=True)
class CheckBatch:
    """Decode a batch and tell which records cannot be."""

    decode: Decode

    def __call__(self, part: Part) -> Done:
        return Done(None, _problems(_decodable(self.decode, part)[1]))


@dataclass(frozen=True)
class SummarizeBatch:
    """Summarize a batch; a record that cannot be decoded is an error, with its id."""

    decode: Decode
    component: Any
    """A component that is `Summable`."""

    def __call__(self, part: Part) -> Summary:
        component: Summable = self.component
        return component.summarize(Records(part.entries, self.decode))


def stacked(values: Sequence[Matrix]) -> Matrix:
    """Put matrices (or labels, or scores) on top of each other."""
    if len(values) == 1:
        return values[0]
    if is_sparse(values[0]):
        from importlib import import_module  # whoever gave a CSR matrix has loaded SciPy; the core does not depend on it

        return import_module("scipy.sparse").vstack(values, format="csr", dtype=values[0].dtype)
    import numpy as np

    return np.concatenate(values)


_Failure = tuple[Part, Exception]
"""A batch of one record, and why it cannot be used."""


def _decodable(decode: Decode, part: Part) -> tuple[Part, list[_Failure]]:
    """Split a batch into what can be decoded and what cannot."""
    good: list[Part] = []
    bad: list[_Failure] = []
    for single in part.singles():
        try:
            decode(single.entries[0])
            good.append(single)
        except Exception as error:  # codecs raise nearly everything
            bad.append((single, error))
    rows, entries = tuple(single.rows[0] for single in good), tuple(single.entries[0] for single in good)
    return part._replace(rows=rows, entries=entries), bad


def _width(done: Sequence[Done]) -> int | None:
    return int(done[0].value.shape[1]) if done and done[0].value.ndim == 2 else None


def _problems(failures: list[_Failure]) -> tuple[tuple[int, Problem], ...]:
    return tuple((single.rows[0], left_out(single.entries[0].id, error)) for single, error in sorted(failures, key=lambda one: one[0].rows))


def _by_ids(problem: Problem, part: Part) -> Problem:
    ids = problem.ids or tuple(part.entries[row].id for row in problem.rows if row < len(part.entries))
    return replace(problem, rows=(), ids=ids)


def left_out(identity: str, error: Exception) -> Problem:
    """Say why a record is left out."""
    if isinstance(error, DataError):
        reason = f"{error.reason}; {error.hint}" if error.hint else error.reason
        return Problem(reason, ids=(identity,), place=error.place, quarantined=True)
    return Problem(f"{type(error).__name__}: {error}", ids=(identity,), quarantined=True)
