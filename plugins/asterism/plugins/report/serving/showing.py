"""Rows of a run as people see them: id, preview, and what the table says of each."""

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asterism.framework.finished import FinishedRun

from .searching import Joined
from .tables import Table

PNG = b"\x89PNG"


class Shower:
    """Shows records of one run.

    Parameters
    ----------
    table
        The table of the run.
    previews
        The file of previews; None shows none.
    """

    def __init__(self, table: Table, previews: Path | None) -> None:
        self.table, self.previews = table, Table(previews) if previews else None

    def rows(self, rows: Sequence[int], joined: Joined) -> list[dict[str, Any]]:
        """Show the records at `rows`, in that order: ``row``, ``id``, ``preview`` and ``columns``."""
        columns = self.columns_of(rows, joined)
        previews = self.previews_of(rows)
        return [
            {"row": row, "id": values.pop("id"), "preview": preview, "columns": values}
            for row, values, preview in zip(rows, columns, previews, strict=True)
        ]

    def columns_of(self, rows: Sequence[int], joined: Joined) -> list[dict[str, Any]]:
        """Return the single values of some records, by column; groups as people joined them."""
        found: list[dict[str, Any]] = self.table.take(rows, list(self.table.columns)).to_pylist()
        for column in self.table.columns.values():
            moved = joined.get(column.stage, {}) if column.kind == "groups" else {}
            for values in found:
                values[column.name] = _plain(moved.get(values[column.name], values[column.name]))
        return found

    def recommended(self, row: int) -> dict[str, list[dict[str, Any]]]:
        """Return by stage what was recommended to one user, best first: ``id`` and ``score`` of each item."""
        names = [name for ranking in self.table.rankings.values() for name in ranking]
        told = self.table.take([row], names).to_pylist()[0] if names else {}
        return {
            stage: [{"id": item, "score": _plain(score)} for item, score in zip(told[items], told[scores], strict=True)]
            for stage, (items, scores) in self.table.rankings.items()
        }

    def previews_of(self, rows: Sequence[int]) -> list[dict[str, str]]:
        """Return what shows some records: a ``text`` or an ``image``; nothing where the original could not be read."""
        if self.previews is None:
            return [{} for _ in rows]
        return [_preview(shown) for shown in self.previews.take(rows, ("text", "image")).to_pylist()]


def joined_groups(run: FinishedRun) -> Joined:
    """Tell by stage which groups people joined to which."""
    return {stage: run.edits.groups_of(stage) for stage in run.stages_giving("labels")}


def _preview(shown: Mapping[str, Any]) -> dict[str, str]:
    if shown["text"] is not None:
        return {"text": shown["text"]}
    if shown["image"] is None:
        return {}
    kind = "png" if shown["image"].startswith(PNG) else "jpeg"
    return {"image": f"data:image/{kind};base64,{b64encode(shown['image']).decode()}"}


def _plain(value: Any) -> Any:
    """Return a value that JSON has: numbers that are none, and those without end, become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
