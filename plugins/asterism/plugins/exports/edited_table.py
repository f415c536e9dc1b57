"""The table of a run as people edited it: groups joined, and beside each column of groups one of their titles."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.errors import ModelError
from asterism.framework.finished import FinishedRun, told_of

TITLE = "title"


@dataclass(frozen=True, eq=False)
class EditedTable:
    """A table that is read a group of rows at a time, so that it never stands in memory whole."""

    run: FinishedRun
    file: Any
    """The open Parquet file."""

    @cached_property
    def _known(self) -> dict[str, dict[int, str]]:
        return {stage: self.run.titles(stage) for stage in self.run.stages_giving("labels")}

    @property
    def schema(self) -> Any:
        """Names and types of the columns; their metadata tell which ``stage`` ``gives`` what, as in the table of the run."""
        return self._edited(self.file.schema_arrow.empty_table()).schema

    def parts(self) -> Iterator[Any]:
        """Yield the rows in order, some at a time, as pyarrow tables."""
        for group in range(self.file.num_row_groups):
            with _told_as_damage(self.run):
                part = self.file.read_row_group(group)
            yield self._edited(part)

    def _edited(self, table: Any) -> Any:
        import pyarrow as pa

        for field in table.schema:
            if gives(field) == "labels":
                labels = self.run.edits.labels(stage_of(field), table[field.name].to_numpy())
                at, titles = table.schema.get_field_index(field.name), self._titles(stage_of(field), labels)
                title = pa.field(_free(f"{field.name}_{TITLE}", table.schema.names), pa.string(), metadata=_says_titles(field))
                table = table.set_column(at, field, pa.array(labels)).add_column(at + 1, title, pa.array(titles, pa.string()))
        return table

    def _titles(self, stage: str, labels: NDArray[np.int64]) -> list[str]:
        known = self._known[stage]
        groups, places = np.unique(labels, return_inverse=True)
        titles = [known.get(group, "no group" if group < 0 else f"group {group}") for group in groups.tolist()]
        return [titles[place] for place in places]


@contextmanager
def edited_table(run: FinishedRun) -> Iterator[EditedTable]:
    """Open the table of a run; `ModelError` where it cannot be read."""
    import pyarrow.parquet as pq

    with _told_as_damage(run):
        file = pq.ParquetFile(run.table)
    with file:
        yield EditedTable(run, file)


@contextmanager
def _told_as_damage(run: FinishedRun) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise ModelError(f"{run.table}: cannot be read: {error}") from error


def gives(field: Any) -> str:
    """Tell what the stage of a column gives: ``labels``, ``matrix``, ...; empty where the column is of no stage."""
    return told_of(field, "gives")


def stage_of(field: Any) -> str:
    """Name the stage that a column is of."""
    return told_of(field, "stage")


def is_title(field: Any) -> bool:
    """Tell whether a column holds the titles of groups."""
    return told_of(field, "says") == TITLE


def _says_titles(groups: Any) -> dict[str, str]:
    return {"stage": stage_of(groups), "says": TITLE}


def _free(name: str, taken: list[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)
