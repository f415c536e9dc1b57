"""The points of the page: which records are on it, what is shown of them, and the columns that they can be coloured by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import FinishedRun, report_problem
from asterism.framework.finished import told_of

from .arrays import data_url, packed
from .previews import QUALITY, Preview, Previewer

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 200_000
"""How many records are on the page at most."""
TEXT_BUDGET = 16_000_000
"""Characters that the texts of all points take at most."""
SHORTEST, LONGEST = 60, 240
LEVELS = 1000
"""How many values of a column are told apart; the rarer ones are one together."""
SIDES = ((12_000, 64), (30_000, 48), (MOST, 24))
"""Pixels along the side of a thumbnail, by the number of points up to which it is so large."""
PICTURES = 50_000
"""How many points have a thumbnail at most."""
SHEET_COLUMNS = 32
PER_SHEET = SHEET_COLUMNS**2
OTHERS = "(others)"


@dataclass(frozen=True)
class Points:
    """The records that are on the page."""

    rows: NDArray[np.int64]
    """Which row of the run each point is."""
    total: int
    previews: list[Preview]

    def of_row(self, row: int) -> int | None:
        """Return the point of a row; None where it is not on the page."""
        at = int(np.searchsorted(self.rows, row))
        return at if at < len(self.rows) and self.rows[at] == row else None

    def preview(self, row: int) -> Preview:
        """Return how the record of a row is shown, as far as the page has it."""
        at = self.of_row(row)
        return None if at is None or at >= len(self.previews) else self.previews[at]


def chosen_points(run: FinishedRun) -> Points:
    """Choose the records of the page, all where they are not too many and else a random part, and read what is shown of them."""
    total = len(run.result.ids)
    rows = np.arange(total) if total <= MOST else np.sort(np.random.default_rng(0).choice(total, MOST, replace=False))
    if total > MOST:
        report_problem(f"the page shows {MOST:,} of {total:,} records, drawn at random", count=total - MOST, expected=True)
    characters = max(SHORTEST, min(LONGEST, TEXT_BUDGET // max(1, len(rows))))
    return Points(rows, total, Previewer(run, side_of(len(rows)), characters).of(rows[: _shown_at_most(run, len(rows))].tolist()))


def _shown_at_most(run: FinishedRun, n: int) -> int:
    """Pictures take more room than texts, so fewer points have one."""
    is_text = getattr(run.pipeline.modality, "modality", "") in ("text", "interactions")
    if not is_text and n > PICTURES:
        report_problem(f"{PICTURES:,} of {n:,} points have a picture", count=n - PICTURES, expected=True)
    return n if is_text else min(n, PICTURES)


def side_of(n: int) -> int:
    """Choose how large thumbnails are."""
    return next(side for most, side in SIDES if n <= most)


def points_of(run: FinishedRun, points: Points) -> dict[str, Any]:
    """Return the part `points` of the content."""
    texts = [preview if isinstance(preview, str) else "" for preview in points.previews]
    has_pictures = any(not isinstance(preview, str | None) for preview in points.previews)
    return {
        "total": points.total,
        "shown": len(points.rows),
        "rows": packed(points.rows, "u32") if len(points.rows) < points.total else None,
        "ids": strings_at(run.result.ids, points.rows),
        "texts": texts if any(texts) else None,
        "thumbs": thumbs(points.previews, side_of(len(points.rows))) if has_pictures else None,
        "columns": list(_columns(run, points.rows)),
    }


def strings_at(strings: Sequence[str], rows: NDArray[np.int64]) -> list[str]:
    """Take strings at some rows, which rise; half of a surrogate pair, which no page can hold, becomes a question mark."""
    taken = strings.take(rows) if hasattr(strings, "take") else [strings[row] for row in rows.tolist()]
    return [text if text.isascii() else text.encode("utf-8", "replace").decode() for text in taken]


def maps_of(run: FinishedRun, points: Points) -> list[dict[str, Any]]:
    """Return the part `maps`: every stage that gives two columns."""
    return [
        {
            "stage": stage,
            "component": run.result.stages[stage].label,
            "x": packed(drawn[:, 0], "f32"),
            "y": packed(drawn[:, 1], "f32"),
        }
        for stage in run.maps()
        for drawn in [run.take(stage, points.rows)]
    ]


def thumbs(previews: Sequence[Preview], side: int) -> dict[str, Any]:
    """Paste pictures into sheets of 32 by 32 cells, in the order of the points."""
    sheets = [_sheet(previews[start : start + PER_SHEET], side) for start in range(0, len(previews), PER_SHEET)]
    return {"size": side, "columns": SHEET_COLUMNS, "per_sheet": PER_SHEET, "sheets": sheets}


def _sheet(previews: Sequence[Preview], side: int) -> str:
    from io import BytesIO

    from PIL import Image

    height = -(-len(previews) // SHEET_COLUMNS)
    grey = all(preview is None or isinstance(preview, str) or preview.mode == "L" for preview in previews)
    sheet = Image.new("L" if grey else "RGB", (SHEET_COLUMNS * side, height * side), "#808080")
    for place, preview in enumerate(previews):
        if preview is not None and not isinstance(preview, str):
            picture = _fitted(preview, side)
            corner = (place % SHEET_COLUMNS * side, place // SHEET_COLUMNS * side)
            sheet.paste(picture, (corner[0] + (side - picture.width) // 2, corner[1] + (side - picture.height) // 2))
    stream = BytesIO()
    sheet.save(stream, "JPEG", quality=QUALITY)
    return data_url(stream.getvalue())


def _fitted(picture: "Image", side: int) -> "Image":
    """Fit a picture, which is no longer than `side`, into a cell: a tiny one is enlarged by whole pixels."""
    from PIL import Image

    factor = side // max(picture.size)
    return picture if factor < 2 else picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _columns(run: FinishedRun, rows: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    """Yield every column of the table that has one value for each record: groups first, then classes and numbers."""
    for stage in run.stages_giving("labels"):
        yield {"name": stage, "kind": "groups", "stage": stage, "values": packed(run.take(stage, rows), "i32")}
    scores = run.stages_giving("scores")
    for stage in scores:
        yield {"name": stage, "kind": "numbers", "values": packed(run.take(stage, rows), "f32"), "score": True}
    known = {"target": run.result.targets, **run.result.about}
    for name, strings in known.items():
        if strings is not None:
            yield _of_strings(name, strings_at(strings, rows))
    yield from _further_columns(run, rows)


def _further_columns(run: FinishedRun, rows: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    """Yield what components tell of each record beside what they gave."""
    import pyarrow.parquet as pq
    import pyarrow.types as types

    if not run.table.is_file():
        return
    with pq.ParquetFile(run.table) as table:
        taken = {"id", "target", *run.result.about}
        for field in table.schema_arrow:
            if field.name in taken or told_of(field, "gives"):
                continue
            if types.is_integer(field.type) or types.is_floating(field.type) or types.is_boolean(field.type):
                values = table.read(columns=[field.name])[field.name].to_numpy()
                yield {"name": field.name, "kind": "numbers", "values": packed(values[rows], "f32"), "score": False}
            elif types.is_string(field.type):
                values = [text or "" for text in table.read(columns=[field.name])[field.name].to_pylist()]
                yield _of_strings(field.name, strings_at(values, rows))


def _of_strings(name: str, values: Sequence[str]) -> dict[str, Any]:
    """Make a column of times where the values are years or days, else of classes: the most frequent ones first, the others together."""
    if name == "time" and (years := _years(values)) is not None:
        return {"name": name, "kind": "numbers", "values": packed(years, "f32"), "score": False}
    levels, places, counts = np.unique(np.array(values, dtype=object), return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:LEVELS]
    numbers = np.full(len(levels), len(order))
    numbers[order] = np.arange(len(order))
    names = [str(levels[at]) for at in order] + ([OTHERS] if len(levels) > LEVELS else [])
    return {"name": name, "kind": "classes", "values": packed(numbers[places], "u16"), "levels": names}


def _years(values: Sequence[str]) -> NDArray[np.float64] | None:
    """Read times of ISO 8601 as years with their fraction; None where one cannot be read."""
    try:
        days = np.array([value.strip()[:10] for value in values], "datetime64[D]")
    except ValueError:
        return None
    return 1970 + days.astype(np.float64) / 365.2425
