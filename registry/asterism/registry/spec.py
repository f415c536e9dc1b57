"""The shape of a spec file: its top level, a source, stages. What the components' own fields may hold is theirs to say."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
"""Version of the spec format that this Asterism reads."""

NAME_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]

SIZE_PATTERN = r"^[0-9]{1,18}(\.[0-9]{1,9})? *(([KMGTkmgt][Ii]?)?[Bb]|[Bb]ytes)?$"
TIME_PATTERN = r"^([1-9][0-9]{0,8}(\.[0-9]{1,9})?|0?\.0{0,8}[1-9][0-9]{0,8}) *(ms|s|min|h)$"  # not 0
SHARE_PATTERN = r"^(100(\.0*)?|[0-9]{1,2}(\.[0-9]{1,9})?) *%$"
PATTERNS = {
    NAME_PATTERN: "a name of letters, digits, '_', '-' and '.' that begins with neither '-' nor '.'",
    SIZE_PATTERN: "a size such as 500MB or 2GiB",
    TIME_PATTERN: "a time such as 30s or 2min",
    SHARE_PATTERN: "a share such as 5%",
}
"""What messages call a text of each form."""

Size = Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern=SIZE_PATTERN)]
Seconds = Annotated[float, Field(ge=0.001, le=1e9)] | Annotated[str, Field(pattern=TIME_PATTERN)]
Share = Annotated[float, Field(ge=0, le=1)] | Annotated[str, Field(pattern=SHARE_PATTERN)]


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
    metrics: list[str] | None = None
    """Names of the metrics that are computed, none where the list is empty; by default all but those that wait to be asked for."""
    pictures: list[str] | None = None
    """Names of the pictures that are drawn, none where the list is empty; by default all but those that wait to be asked for."""
    strict: bool = False
    """Turn everything that would be reported as skipped, cut or cast into an error, the first bad record included."""
    max_bad: Share = "50%"
    """Stop where more than this share of the records cannot be used: `5%`, or a number from 0 to 1."""
    timeout: Seconds | None = None
    """How long a record may take to be read and encoded, such as `30s`; one that takes longer is left out."""
    memory: Size | None = None
    """What the results of stages may take in memory, such as `2GiB`; more go to disk. By default half of what is free."""
    cache: Annotated[str, Field(min_length=1)] | None = None
    """Folder where results are kept for later runs, or `off`; by default `runs/.cache` below the working directory."""
    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """How many processes read and encode records; `auto`: as many as there are cores, where that pays."""
    engine: str = "local"
    """What works on batches of records."""
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
    limit: Annotated[int, Field(ge=1)] | None = None
    """Read this many records at most, the first ones."""


class StageKeys(BaseModel):
    """The keys of a stage that belong to the spec; one other names the kind, the rest are the component's fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    as_: Annotated[Name | None, Field(alias="as")] = None
    """Name of the stage; by default the component's."""
    from_: Annotated[Name | None, Field(alias="from")] = None
    """Name of the stage that feeds it; by default the nearest earlier one that gives what this one takes."""
    like: Annotated[str, Field(min_length=1)] | None = None
    """Folder of an earlier run: groups that match groups of its stage of this name get their numbers. Of stages that give labels."""


RESERVED = {"id": "a column of the results", "target": "a column of the results", "manifest": "a file of the saved model"}
"""Names that no stage may have, and what has them already."""

SOURCE_KEYS = tuple(SourceKeys.model_fields)
STAGE_KEYS = tuple(field.alias or name for name, field in StageKeys.model_fields.items())
