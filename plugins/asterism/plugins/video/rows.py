"""Clip after clip, and rows of numbers of them, as encoders of videos go through records."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, report_problem
from asterism.framework.problems import Problem, problems_to

from .clip import Clip, as_clip

Told = TypeVar("Told")


def of_clips(records: Iterable[Any], tell: Callable[[Clip], Told]) -> Iterator[Told]:
    """Yield what `tell` says of each clip; errors and problems are told the row, for a clip is decoded only here."""
    for row, item in enumerate(records):
        heard: list[Problem] = []
        try:
            with problems_to(heard.append):
                told = tell(as_clip(item, row))
        except DataError as error:
            error.rows = (row,)
            raise
        for problem in heard:  # rows of a clip are its frames
            message = f"frames {problem.message}" if problem.rows else problem.message
            report_problem(message, rows=[row], expected=problem.expected)
        yield told


def stacked(rows: Iterable[NDArray[Any]]) -> NDArray[np.float32]:
    """Put rows on top of each other as float32; `DataError` where there is none."""
    found = list(rows)
    if not found:
        raise DataError("there is not one clip to encode", hint="give it at least one")
    return np.stack(found).astype(np.float32)
