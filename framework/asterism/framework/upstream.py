"""What a value was made of: its records, and the fitted stages, which can be asked about items that were not among these."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from .component import Component
from .errors import DataError
from .problems import problems_to
from .records import Records
from .result import Result, names_of_columns
from .stages import SOURCE, Stage
from .values import Matrix, n_rows


@dataclass(frozen=True, eq=False)
class Upstream:
    """What the value of a stage was made of: what a component with `upstream` in its `beside` is given, or made of any result.

    Row for row as the value is, also where records were left out on the way; ``upstream[rows]`` is that of some rows.
    """

    result: Result
    """The run, complete or under way."""
    stage: str
    """The stage whose value it is about, such as one that gives labels."""
    rows: Sequence[int] | None = None
    """Where its rows stand among the records of `result`; None where they are the same."""
    in_step: Mapping[str, Any] = field(default_factory=dict)
    """By stage: values that were brought into step with the rows; others are in step already."""

    @property
    def shape(self) -> tuple[int, ...]:
        """How many rows there are, as an array tells it."""
        return (len(self),)

    def __len__(self) -> int:
        return n_rows(self._value(self.stage))

    def __getitem__(self, key: Any) -> "Upstream":
        """Return the same for some rows: a slice, or an array of places."""
        places = np.arange(len(self))[key]
        rows = places if self.rows is None else np.asarray(self.rows, np.int64)[places]
        names = [name for name in dict.fromkeys((self.stage, self.matrix_stage, self.term_stage)) if name]
        return replace(self, rows=rows, in_step={name: self._value(name)[places] for name in names})

    @property
    def component(self) -> Component:
        """The fitted component of the stage."""
        return self.result.stages[self.stage].component

    @property
    def modality(self) -> str:
        """Name of the modality of the records; empty where they are rows of numbers."""
        return str(getattr(self.result.data, "modality", ""))

    @cached_property
    def ids(self) -> list[str]:
        """The ids of the rows."""
        return list(self.result.ids) if self.rows is None else [self.result.ids[row] for row in self.rows]

    @cached_property
    def records(self) -> Any:
        """The records of the rows (or the rows of numbers that a host gave); `DataError` where the run does not have them any more."""
        data = self.result.data
        if data is None:
            raise DataError("the records of the run are not at hand", hint="read them first: FinishedRun.records()")
        if self.rows is None:
            return data
        return data.take(self.rows) if isinstance(data, Records) else data[np.asarray(self.rows, np.int64)]

    @property
    def matrix_stage(self) -> str:
        """Name of the stage whose matrix the value was made of, the nearest one; empty where there is none."""
        return self.result.matrix_of(self.stage)

    @property
    def term_stage(self) -> str:
        """Name of the stage whose columns have names, the nearest one, or else the latest; empty where there is none."""
        return self.result.terms_of(self.stage)

    def terms(self) -> list[str]:
        """Return the names of the columns of `term_matrix`."""
        return names_of_columns(self.result.stages[self.term_stage].component)

    def term_matrix(self) -> Matrix:
        """Return the matrix whose columns have names."""
        return self._value(self.term_stage)

    def matrix(self, items: Iterable[Any] | None = None) -> Matrix:
        """Return the matrix that the value was made of, of other items where these are given: by the fitted stages that lead there."""
        name = self.matrix_stage
        if items is not None:
            return self._applied(name, items)
        return self._value(name) if name else self.records

    def give(self, items: Iterable[Any]) -> Any:
        """Return what the stage gives for other items, under the numbers that results show."""
        return self._applied(self.stage, items)

    def _value(self, stage: str) -> Any:
        return self.in_step[stage] if stage in self.in_step else self.result.values[stage]

    def _applied(self, name: str, items: Iterable[Any]) -> Any:
        """Apply the stages that lead to one, that one included."""
        values: dict[str, Any] = {SOURCE: self._as_source(items)}
        needed = self._leading_to(name) if name else set()
        with problems_to(lambda problem: None):  # nobody asked for these items
            for stage in self.result.stages.values():
                if stage.name in needed:
                    values[stage.name] = stage.shown(stage.component.apply(self._fed(stage, values)))
        return values[name or SOURCE]

    def _as_source(self, items: Iterable[Any]) -> Any:
        if hasattr(self.result.data, "shape"):
            return np.asarray(items)
        return Records.of(items, modality=self.modality)

    def _fed(self, stage: Stage, values: Mapping[str, Any]) -> Any:
        value = values[stage.fed_by]
        return self.result.joint(stage, value, values.__getitem__) if stage.component.beside else value

    def _leading_to(self, name: str) -> set[str]:
        """Name a stage and those that it needs, directly or not."""
        if name not in self.result.stages:
            return set()
        stage = self.result.stages[name]
        return {name}.union(*map(self._leading_to, (stage.fed_by, *self.result.beside(stage).values())))
