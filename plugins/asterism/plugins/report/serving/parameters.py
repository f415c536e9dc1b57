"""What the page may ask, and in which bounds."""

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from asterism.framework.edits import MOST_CHARACTERS

MOST_ROWS = 200_000
"""Of a selection: as many as a page shows points."""
MOST_EDITS = 100
"""In one request."""
LARGEST = 2**53 - 1
"""Whole number that a script can hold."""

Row = Annotated[int, Path(ge=0, le=LARGEST)]
AnyRow = Annotated[int, Query(ge=0, le=LARGEST)]
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
Limit = Annotated[int, Query(ge=1, le=200)]
Wanted = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[str, Query(max_length=500)]
Search = Annotated[str, Query(max_length=200)]
Stage = Annotated[str, Path(max_length=500)]
GroupInPath = Annotated[int, Path(ge=-1, le=LARGEST)]
Group = Annotated[int, Query(ge=-1, le=LARGEST)]
Conditions = Annotated[list[Annotated[str, Field(max_length=20_000)]], Query(max_length=20)]


class Strict(BaseModel):
    """A body that holds what is asked for, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskedText(Strict):
    """A text to find the nearest records of."""

    text: str = Field(min_length=1, max_length=100_000)


class AskedEdit(Strict):
    """One edit, as `Edit` has it."""

    stage: str = Field(max_length=500)
    groups: list[Annotated[int, Field(ge=0, le=LARGEST)]] = Field(min_length=1, max_length=10_000)
    name: str = Field("", max_length=MOST_CHARACTERS)


class AskedEdits(Strict):
    """Edits, and how many the page knew of."""

    after: int = Field(ge=0, le=LARGEST)
    edits: list[AskedEdit] = Field(min_length=1, max_length=MOST_EDITS)


class AskedSelection(Strict):
    """Rows to save."""

    rows: list[Annotated[int, Field(ge=0, le=LARGEST)]] = Field(min_length=1, max_length=MOST_ROWS)
    form: Literal["csv", "source"] = Field("csv", alias="as")
