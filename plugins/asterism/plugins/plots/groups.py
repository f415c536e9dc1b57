"""The groups of a stage as plots show them: the largest first, with titles, and no more than can be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels
from asterism.framework.errors import DataError
from asterism.framework.finished import FinishedRun
from asterism.framework.problems import report_problem

from ..finished_stages import one_line, stage_with_groups
from ..group_means import group_means

SHOWN = 50
"""More groups than this can neither be told apart nor read."""
TITLE_CHARACTERS = 48


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one stage."""

    run: FinishedRun
    stage: str
    labels: Labels
    """The group of each record."""
    sizes: dict[int, int]
    """Records of each group, the largest group first; -1 is not among them."""

    @property
    def ungrouped(self) -> int:
        """How many records belong to no group."""
        return len(self.labels) - sum(self.sizes.values())

    @property
    def shown(self) -> list[int]:
        """The groups that are shown, the largest first."""
        return list(self.sizes)[:SHOWN]

    @property
    def hidden(self) -> list[int]:
        """The groups that are not."""
        return list(self.sizes)[SHOWN:]

    @cached_property
    def titles(self) -> dict[int, str]:
        """What to call each group that is shown."""
        known = self.run.titles(self.stage)
        return {group: one_line(known.get(group, f"group {group}"), TITLE_CHARACTERS) for group in self.shown}

    def means(self, groups: Sequence[int]) -> NDArray[np.float64]:
        """Compute the means of some groups, shape (n_groups, n_features), in the matrix that the stage is made of."""
        source = self.run.result.matrix_of(self.stage)
        if not source:
            reason = f"stage '{self.stage}' is made of no matrix, so its groups have no means"
            raise DataError(reason, place=str(self.run.folder), hint="groups of a matrix can be compared")
        kept = np.where(np.isin(self.labels, groups), self.labels, -1)
        numbers, members = np.unique(kept, return_inverse=True)
        means = group_means(self.run.result.values[source], members, len(numbers))
        return means[np.searchsorted(numbers, groups)]

    def require(self, least: int, what: str) -> None:
        """Raise `DataError` where there are fewer groups than a plot needs."""
        if len(self.sizes) < least:
            found = "1 group" if len(self.sizes) == 1 else f"{len(self.sizes)} groups"
            hint = "`--what map` and `--what sizes` can show it" if self.sizes else "all records may belong to no group"
            reason = f"stage '{self.stage}' has {found}; {what} needs {least}"
            raise DataError(reason, place=str(self.run.folder), hint=hint)


def groups_of(run: FinishedRun, stage: str | None) -> Groups:
    """Gather the groups of a stage, of the last one that gives groups where none is named; say where not all of them are shown."""
    name = stage_with_groups(run, stage)
    labels = np.asarray(run.result.values[name])
    numbers, sizes = np.unique(labels[labels >= 0], return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    found = Groups(run, name, labels, dict(zip(numbers[order].tolist(), sizes[order].tolist(), strict=True)))
    if found.hidden:
        report_problem(f"stage '{name}' has {len(found.sizes):,} groups; the {SHOWN} largest are shown", count=len(found.hidden))
    return found
