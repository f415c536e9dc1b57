"""Laws about data that no answer exists for: it is refused with a `DataError` (or another `ValueError`), never answered."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..values import Interactions, n_rows
from .data import rows_of
from .law import has_fit, is_fed, is_modality, law, takes
from .report import Broken, NotChecked
from .subject import Subject


@law(takes("matrix", "interactions"))
def nan_is_refused(subject: Subject) -> None:
    """NaN in the data is refused by learning and applying."""
    _refuses_value(subject, np.nan, "NaN")


@law(takes("matrix", "interactions"))
def infinity_is_refused(subject: Subject) -> None:
    """Infinity in the data is refused by learning and applying."""
    _refuses_value(subject, np.inf, "infinity")


@law(takes("matrix"), has_fit)
def wrong_width_is_refused(subject: Subject) -> None:
    """Rows of another width than those learned from are refused."""
    component, data = subject.fitted(), subject.data()
    refuses(lambda: component.apply(data[:, :-1]), f"{subject.name}.apply", "rows that are one column too narrow")
    refuses(lambda: component.apply(np.hstack([data, data[:, :1]])), f"{subject.name}.apply", "rows that are one column too wide")


@law(is_fed, has_fit)
def learning_from_nothing_is_refused(subject: Subject) -> None:
    """Learning from no record at all is refused."""
    empty = _no_records(subject.data())
    refuses(lambda: subject.fresh().learn(empty), f"{subject.name}.learn", "no record at all")


@law(is_fed)
def nothing_in_gives_nothing_out(subject: Subject) -> None:
    """Applying to no record at all is refused, or answered with no row."""
    component, empty = subject.fitted(), rows_of(subject.data(), [])
    try:
        answer = component.apply(empty)
    except ValueError:
        return
    if n_rows(answer):
        raise Broken(f"{subject.name}.apply gives {n_rows(answer)} rows for no record at all")


@law(is_modality)
def missing_source_is_refused(subject: Subject) -> None:
    """A path that does not exist is refused, at the latest when the records are counted."""
    refuses(lambda: len(subject.fresh().read("no/such/place")), f"{subject.name}.read", "a path that does not exist")


@law(is_modality)
def empty_source_is_refused(subject: Subject) -> None:
    """An empty sequence is refused, at the latest when the records are counted."""
    refuses(lambda: len(subject.fresh().read([])), f"{subject.name}.read", "an empty sequence")


def refuses(call: Callable[[], Any], place: str, what: str) -> None:
    """Raise `Broken` unless `call` raises a `ValueError`."""
    try:
        call()
    except ValueError:
        return
    except Exception as error:
        raise Broken(f"{place} meets {what} with {type(error).__name__} ({error}); raise DataError") from error
    raise Broken(f"{place} answers {what}; raise DataError")


def _refuses_value(subject: Subject, value: float, name: str) -> None:
    component = subject.fitted()
    refuses(lambda: subject.fresh().learn(_poisoned(subject.data(), value)), f"{subject.name}.learn", name)
    refuses(lambda: component.apply(_poisoned(subject.data(), value)), f"{subject.name}.apply", name)


def _poisoned(data: Any, value: float) -> Any:
    numbers = data.weights if isinstance(data, Interactions) else data
    if not isinstance(numbers, np.ndarray) or numbers.dtype.kind != "f":
        raise NotChecked("the data hold no floating-point numbers")
    numbers.flat[numbers.size // 2] = value
    return data


def _no_records(data: Any) -> Any:
    return Interactions.from_events([], []) if isinstance(data, Interactions) else rows_of(data, [])
