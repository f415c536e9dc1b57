"""What a run gives: the values of its stages, beside the ids of the records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .problems import Problem
from .stages import Stage
from .values import Joint


def has_terms(component: Any) -> bool:
    """Tell a component, or a class, whose columns are terms: they have names."""
    return hasattr(component, "get_feature_names_out")


def names_of_columns(component: Any) -> list[str]:
    """Return the names of the columns that a component gives."""
    return [str(term) for term in component.get_feature_names_out()]


@dataclass(eq=False)
class Result:
    """The values of the stages of one run, by stage name; complete, or as far as the run came."""

    data: Any
    """What the run was fed: `Records`, `Interactions` or a matrix."""
    ids: Sequence[str]
    """Ids of the records (or users), in order."""
    targets: Sequence[str] | None = None
    """Known classes of the records, where the source has them; nothing was fitted to them."""
    about: dict[str, Sequence[str]] = field(default_factory=dict)
    """What else is known of every record, by name: its ``time``, the ``parent`` that it is a passage of, its ``language``."""
    held_out: Any = None
    """The `Interactions` that were held out of what the recommenders learned from, a row for each of `ids`; None where none were."""
    stages: dict[str, Stage] = field(default_factory=dict)
    """The stages that are done, by name, in the order of the run."""
    values: dict[str, Any] = field(default_factory=dict)
    """What each of them gave."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each of them took."""
    memory: dict[str, int] = field(default_factory=dict)
    """The most bytes that the process had held in memory when each of them was done, whatever for."""
    names: dict[str, dict[int, str]] = field(default_factory=dict)
    """Names that people gave to groups, by stage and group."""
    problems: list[Problem] = field(default_factory=list)
    """What was skipped, cut or cast on the way."""
    quarantine: list[Problem] = field(default_factory=list)
    """The records that could not be read or encoded, one each; they are in no value and not among `ids`."""
    fingerprint: str = ""
    """Digest of the data: ids, contents and known classes of all records."""
    keys: dict[str, str] = field(default_factory=dict)
    """Under which key each stage's result is kept in a store; data and settings being the same, so is the key."""
    reused: dict[str, int] = field(default_factory=dict)
    """How many rows of each stage came from the store."""
    streamed: list[str] = field(default_factory=list)
    """The stages that never saw all their rows at once."""
    mapped: list[str] = field(default_factory=list)
    """The stages whose values had no room in memory: they are memory-mapped files."""

    def __getitem__(self, stage: str) -> Any:
        if stage not in self.values:
            raise KeyError(f"no stage is called {stage!r}; there are {', '.join(self.values) or 'none'}")
        return self.values[stage]

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from .html import as_html

        # Values that lie in a folder are not read for their sizes alone.
        return as_html(self, shapes=None if isinstance(self.values, dict) else {})

    def fed_to(self, stage: str) -> Any:
        """Return the value that the stage was fed."""
        source = self.stages[stage].fed_by
        return self.values.get(source, self.data)

    def upstream(self, stage: str) -> list[Stage]:
        """List the stages between the source and `stage`, the nearest first, without `stage` itself."""
        chain, name = [], self.stages[stage].fed_by
        while name in self.stages:
            chain.append(self.stages[name])
            name = self.stages[name].fed_by
        return chain

    def beside(self, stage: Stage) -> dict[str, str]:
        """Name the stages that give what a component needs `beside` what feeds it; of `upstream`, the one that is not in its chain."""
        finders = {"vectors": self.vectors_of, "term_matrix": self.terms_of, "upstream": self._terms_or_itself}
        return {name: find(stage.fed_by) for name, find in finders.items() if name in stage.component.beside}

    def joint(self, stage: Stage, main: Any, value_of: Callable[[str], Any]) -> Joint:
        """Join what feeds a stage with what it needs beside, but for `upstream`; `value_of` gets what another gave for the same records."""
        names = self.beside(stage)
        others = {name: value_of(other) for name, other in names.items() if name != "upstream"}
        if "term_matrix" in names:
            others["terms"] = names_of_columns(self.stages[names["term_matrix"]].component)
        return Joint(main, others)

    def _terms_or_itself(self, stage: str) -> str:
        return self.terms_of(stage) or stage

    def matrix_of(self, stage: str) -> str:
        """Name the stage whose matrix `stage` is made of, the nearest one upstream; empty where there is none."""
        return next((earlier.name for earlier in self.upstream(stage) if earlier.component.gives == "matrix"), "")

    def vectors_of(self, stage: str) -> str:
        """Name the stage whose matrix is the first of those that `stage` is made of: what an encoder gave; empty where there is none."""
        return next((earlier.name for earlier in reversed(self.upstream(stage)) if earlier.component.gives == "matrix"), "")

    def terms_of(self, stage: str) -> str:
        """Name the stage whose columns are terms of the same records: the nearest one upstream, or else the latest one; empty: none."""
        others = (other for name, other in reversed(self.stages.items()) if name != stage)
        return next((other.name for other in (*self.upstream(stage), *others) if has_terms(other.component)), "")
