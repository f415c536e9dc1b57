"""The door to everything for a host application: one object, no global state."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .discovery import Discovery

if TYPE_CHECKING:
    from asterism.framework.pipeline import Pipeline

    from .build import Plan
    from .problems import SpecProblem


class Registry(Discovery):
    """The installed components, and pipelines made of them.

    Parameters
    ----------
    allow
        Names of the distributions whose plugins may be used; None allows all. What the host registers is always allowed.
    """

    def build(self, spec: str | Path | dict[str, Any]) -> "Pipeline":
        """Build the pipeline of a spec file, or of a spec as plain data; `SpecError` with every problem where it has any."""
        return self.plan(spec).pipeline

    def plan(self, spec: str | Path | dict[str, Any], changes: tuple[str, ...] = ()) -> "Plan":
        """Build the pipeline of a spec together with its source, hooks and the filled spec; errors as for `build`."""
        from .build import make_plan  # pydantic is loaded where a spec is checked, not where components are listed

        return make_plan(self, spec, changes)

    def check(self, spec: str | Path | dict[str, Any]) -> "list[SpecProblem]":
        """Return every problem of a spec; nothing heavier than the named classes is imported."""
        from .build import check

        return check(self, spec)[1]

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of spec files, over everything that is installed and not broken."""
        from .editor import spec_schema

        return spec_schema(self)

    def sample(self, name: str, folder: str | Path) -> Path:
        """Write the named sample, data that every machine has, into `folder`; return the path that its modality reads."""
        written: Path = self.load("sample", name)(Path(folder))
        return written

    def save(self, pipeline: "Pipeline", folder: str | Path) -> None:
        """Save a fitted pipeline into a new folder; `OutputError` where it exists and is not empty."""
        from .artifact import save

        save(self, pipeline, Path(folder))

    def load_pipeline(self, folder: str | Path, changes: tuple[str, ...] = ()) -> "Pipeline":
        """Load a fitted pipeline; `ModelError` where anything in the folder is not as it was saved.

        `changes` such as ``("source.id=null",)`` tell how new data are read that have other columns.
        """
        from .artifact import load

        return load(self, Path(folder), changes)
