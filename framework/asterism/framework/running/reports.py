"""What a run is told while it goes: problems, and the records that cannot be used; counted, passed on to the hooks, or made errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import DataError
from ..problems import Problem
from ..result import Result
from ..settings import Settings
from ..stages import Stage

MOST_IDS = 1000
"""Ids that are kept of a problem which many batches report alike."""

STRICT = "`strict` is on; without it"


@dataclass
class Reports:
    """Listens for a run."""

    settings: Settings
    result: Result
    hook: Any
    stage: Stage | None = None
    """The stage that runs."""
    of_stage: list[Problem] = field(default_factory=list)
    """What it has reported."""
    ids_of: Callable[[Sequence[int]], tuple[str, ...]] = lambda rows: ()
    """Tells the ids of the rows that the stage sees."""

    def begin(self, stage: Stage) -> None:
        """Listen to the next stage."""
        self.stage, self.of_stage = stage, []

    def take(self, problem: Problem) -> None:
        """Take a problem that did not stop the run; `strict` makes an error of it."""
        problem = replace(problem, stage=self._name(), ids=problem.ids or self.ids_of(problem.rows))
        if self.settings.strict and not problem.expected:
            raise _final(DataError(problem.message, stage=problem.stage, ids=problem.ids, hint=f"{STRICT} the run would go on"))
        _merge(self.of_stage, problem)
        _merge(self.result.problems, problem)
        self.hook.on_problem(problem=problem)

    def leave_out(self, problem: Problem) -> None:
        """Take a record that cannot be used; an error with `strict`, or where it is one more than `max_bad` allows."""
        problem = replace(problem, stage=self._name())
        if self.settings.strict:
            hint = f"{STRICT} the record would be left out"
            raise _final(DataError(problem.message, place=problem.place, stage=problem.stage, ids=problem.ids, hint=hint))
        self.result.quarantine.append(problem)
        self.hook.on_problem(problem=problem)
        bad, total = len(self.result.quarantine), len(self.result.ids)
        if bad > self.settings.max_bad * total:
            share = f"max_bad={self.settings.max_bad:.3g}"
            reason = f"{bad:,} of {total:,} records could not be used, more than {share} allows; the last one: {problem.message}"
            raise _final(DataError(reason, place=problem.place, ids=problem.ids, hint="mend the source, or raise max_bad"))

    def _name(self) -> str:
        return self.stage.name if self.stage else ""


def _final(error: DataError) -> DataError:
    error.is_final = True
    return error


def _merge(problems: list[Problem], problem: Problem) -> None:
    """Add a problem; what several batches report alike is one."""
    for place, known in enumerate(problems):
        if (known.message, known.stage) == (problem.message, problem.stage):
            ids = (known.ids + problem.ids)[:MOST_IDS]
            problems[place] = replace(known, count=known.count + problem.count, ids=ids, rows=())
            return
    problems.append(problem)
