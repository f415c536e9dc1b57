"""The shape of a spec file: its top level, a source, stages. What the components' own fields may hold is theirs to say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
"""Version of the spec format that this Asterism reads."""

NAME_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]


class SpecFile(BaseModel):
    """A pipeline in a file: what to read, which stages to run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    asterism: Literal[1]
    """Version of the format."""
    name: Name
    """What to call the run; names its folder."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Given to every `random_state` that the file leaves out."""
    source: dict[str, Any]
    """What to read: `modality`, then `path` or `sample`, then the modality's fields."""
    stages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    """The steps in order: `kind: name`, then `as`, `from` and the component's fields."""
    hooks: list[str] = []
    """Names of the hooks that watch the run."""
    strict: bool = False
    """Turn everything that would be reported as skipped, cut or cast into an error."""
    providers: dict[str, str] = {}
    """Distribution and version of every component, as `asterism fill` writes them; other versions are refused."""


class SourceKeys(BaseModel):
    """The keys of a source that belong to the spec; all others are the modality's fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    modality: str
    """Name of the modality that reads it."""
    path: Annotated[str, Field(min_length=1)] | None = None
    """A file, a folder or a glob; where it is relative, it starts at the spec's folder."""
    sample: str | None = None
    """Name of data that every machine has, instead of a path."""


class StageKeys(BaseModel):
    """The keys of a stage that belong to the spec; one other names the kind, the rest are the component's fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    as_: Annotated[Name | None, Field(alias="as")] = None
    """Name of the stage; by default the component's."""
    from_: Annotated[Name | None, Field(alias="from")] = None
    """Name of the stage that feeds it; by default the nearest earlier one that gives what this one takes."""


RESERVED = {"id": "a column of the results", "target": "a column of the results", "manifest": "a file of the saved model"}
"""Names that no stage may have, and what has them already."""

SOURCE_KEYS = tuple(SourceKeys.model_fields)
STAGE_KEYS = tuple(str(field.alias) for field in StageKeys.model_fields.values())
