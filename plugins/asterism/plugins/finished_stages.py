"""Which stage of a finished run is meant: the one that is named, or else the last that gives what is needed."""

from collections.abc import Sequence
from difflib import get_close_matches

from asterism.framework.errors import DataError
from asterism.framework.finished import FinishedRun

GROUPS = "groups"
MAP = "a map"
HINTS = {GROUPS: "let the spec have a clusterer, such as `- clusterer: kmeans`", MAP: "let the spec have a reducer to 2 components"}


def stage_with_groups(run: FinishedRun, named: str | None = None) -> str:
    """Name the stage that gives groups: `named`, or else the last one; `DataError` where there is none."""
    return chosen(run, run.stages_giving("labels"), named, f"gives {GROUPS}", HINTS[GROUPS])


def stage_with_map(run: FinishedRun, named: str | None = None) -> str:
    """Name the stage that gives a map, a matrix of two columns: `named`, or else the last one; `DataError` where there is none."""
    return chosen(run, run.maps(), named, f"gives {MAP}", HINTS[MAP])


def chosen(run: FinishedRun, stages: Sequence[str], named: str | None, does: str, hint: str) -> str:
    """Choose among `stages` the one that is named, or else the last; `does` and `hint` tell in an error what they do and how to get one."""
    if named is None and stages:
        return stages[-1]
    if named is None:
        raise DataError(f"no stage {does}", place=str(run.folder), hint=hint)
    if named not in stages:
        close = get_close_matches(named, stages, n=1)
        others = f"did you mean '{close[0]}'?" if close else f"those that do: {', '.join(stages)}" if stages else hint
        raise DataError(f"no stage '{named}' {does} there", place=str(run.folder), hint=others)
    return named


def one_line(text: str, most: int = 200) -> str:
    """Write a text as one line of `most` characters that can be printed."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
