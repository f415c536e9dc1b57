"""What the records of a run are, for people: a text or a small picture of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from asterism.framework.errors import DataError
from asterism.framework.finished import FinishedRun
from asterism.framework.problems import report_problem
from asterism.framework.records import Records

TEXT, IMAGE = "text", "image"


@dataclass(frozen=True, eq=False)
class Contents:
    """A text or the bytes of a PNG for each record, in order; None for one that cannot be read any more."""

    kind: str
    """`TEXT` or `IMAGE`."""
    each: Iterable[Any]


def contents_of(run: FinishedRun) -> Contents | None:
    """Look at what a run read; None, and it is reported, where that is gone or has changed."""
    try:
        data = run.records()
    except DataError as error:
        report_problem(f"contents of records are left out: {error}")
        return None
    first = next(islice(_shown(run, data, []), 1), None)
    return Contents(IMAGE if isinstance(first, bytes) else TEXT, _reported(run, data))


def _reported(run: FinishedRun, data: Any) -> Iterator[Any]:
    lost: list[str] = []
    yield from _shown(run, data, lost)
    if lost:
        report_problem("cannot be read any more: its content is left out", ids=lost)


def _shown(run: FinishedRun, data: Any, lost: list[str]) -> Iterator[Any]:
    """Yield what to show of each record, and put the ids of those that cannot be read into `lost`."""
    modality: Any = run.pipeline.modality
    if not isinstance(data, Records):
        yield from (modality.preview(data[row]) for row in range(len(run.result.ids)))
        return
    for entry in data.entries:
        try:
            item = data.item(entry)
            yield item if isinstance(item, str) else modality.preview(item)
        except (DataError, OSError):
            lost.append(entry.id)
            yield None
