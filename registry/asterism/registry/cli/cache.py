"""`asterism cache [list|size|prune]`."""

import re
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.framework.errors import DataError
from asterism.framework.memory import parse_bytes, write_bytes

from .common import Json, print_json

if TYPE_CHECKING:
    from asterism.framework.store import Kept, Store


class Action(StrEnum):
    """What is done with the cache."""

    LIST = "list"
    SIZE = "size"
    PRUNE = "prune"


What = Annotated[Action, typer.Argument(metavar="[list|size|prune]", help="By default list.", show_default=False)]
Folder = Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="The cache; by default runs/.cache.", show_default=False)]
Most = Annotated[
    str | None,
    typer.Option(
        "--max", metavar="SIZE", help="prune: remove what was used longest ago, until the rest takes no more.", show_default=False
    ),
]
Older = Annotated[
    str | None,
    typer.Option(
        "--older-than", metavar="AGE", help="prune: remove what was not used for so long, such as 30d or 12h.", show_default=False
    ),
]
All = Annotated[bool, typer.Option("--all", help="prune: remove everything.")]

DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}
"""Days, by what an age ends in."""


def cache(
    what: What = Action.LIST, folder: Folder = None, max_: Most = None, older_than: Older = None, all_: All = False, json: Json = False
) -> None:
    """List, measure or prune the results that are kept for later runs; what a run is writing stays."""
    from asterism.framework.store import Store

    from ..options import CACHE

    place = folder or CACHE
    most, days = None if max_ is None else parse_bytes(max_), _days(older_than)
    _check(what, place, has_rule=most is not None or days is not None or all_)
    store = Store(place) if place.is_dir() else None  # looking for a cache makes none
    entries = [] if store is None else store.prune(most, days, all_) if what == Action.PRUNE else store.entries()
    if json:
        print_json(_as_json(what, place, store, entries))
    else:
        for line in _as_text(what, place, store, entries):
            typer.echo(line)


def _check(what: Action, place: Path, has_rule: bool) -> None:
    if place.exists() and not (place / "format.json").is_file() and (not place.is_dir() or any(place.iterdir())):
        raise DataError("is no cache: it holds no format.json", place=str(place), hint="name the folder of a cache with --cache DIR")
    if what == Action.PRUNE and not has_rule:
        raise DataError("say what is to be removed", place="asterism cache prune", hint="--max 2GiB, --older-than 30d, or --all")
    if what != Action.PRUNE and has_rule:
        raise DataError("--max, --older-than and --all belong to prune", place=f"asterism cache {what}", hint="asterism cache prune ...")


def _days(age: str | None) -> float | None:
    if age is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *([hdw])", age)
    if not found:
        raise DataError(f"'{age}' is no age", place="--older-than", hint="write it as 12h, 30d or 4w")
    return float(found[1]) * DAYS[found[2]]


def _as_json(what: Action, place: Path, store: "Store | None", entries: "list[Kept]") -> dict[str, Any]:
    about = {"cache": str(place), "entries": len(entries), "bytes": sum(kept.n_bytes for kept in entries)}
    if what == Action.PRUNE:
        return {"cache": str(place), "removed": [_entry_as_json(kept) for kept in entries], "bytes": store.size if store else 0}
    return about if what == Action.SIZE else {**about, "entries": [_entry_as_json(kept) for kept in entries]}


def _entry_as_json(kept: "Kept") -> dict[str, Any]:
    about = {
        "key": kept.key,
        "component": kept.about.get("component"),
        "stage": kept.about.get("stage"),
        "version": kept.about.get("version"),
    }
    return {**about, "rows": kept.n_rows, "bytes": kept.n_bytes, "last_used": kept.last_used, "complete": kept.is_complete}


def _as_text(what: Action, place: Path, store: "Store | None", entries: "list[Kept]") -> list[str]:
    size = write_bytes(sum(kept.n_bytes for kept in entries))
    count = f"{len(entries):,} result{'' if len(entries) == 1 else 's'}"
    if what == Action.PRUNE:
        return [f"{place}: removed {count}, {size}; {write_bytes(store.size if store else 0)} are left"]
    total = f"{place}: {count}, {size}"
    return [total] if what == Action.SIZE else [*_table(entries), total]


def _table(entries: "list[Kept]") -> list[str]:
    rows = [("component", "rows", "size", "last used", "key")]
    for kept in sorted(entries, key=lambda kept: -kept.last_used):
        unfinished = "" if kept.is_complete else "  (unfinished)"
        cells = (str(kept.about.get("component", "?")), f"{kept.n_rows:,}", write_bytes(kept.n_bytes), _age(kept))
        rows.append((*cells, kept.key[:12] + unfinished))
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    return [f"{c:<{widths[0]}}  {r:>{widths[1]}}  {s:>{widths[2]}}  {a:>{widths[3]}}  {k}" for c, r, s, a, k in rows] if entries else []


def _age(kept: "Kept") -> str:
    minutes = max(0, int(time.time() - kept.last_used)) // 60
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} d ago"
