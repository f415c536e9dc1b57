"""One problem of a spec: where, in which part, what and the way out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecProblem:
    """Something that is wrong with a spec; `str` is the one line that a person reads."""

    message: str
    place: str = ""
    """Part of the spec: ``stages[2] (clusterer/kmeans)``."""
    file: str = ""
    line: int = 0
    """From 1; 0 where the spec is no file."""
    column: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.place, self.message) if part)
