"""What a group looks like, for people: a sheet of small pictures of its records, whatever they are records of.

A picture is a function behind an entry point of ``asterism.picture``; it names what it needs as parameters, like a metric, and gives
image files by name.
"""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.framework import Labels, Matrix, Modality, report_problem

from ..group_means import nearest_to_means

if TYPE_CHECKING:
    from PIL.Image import Image

CELL = 96
"""Pixels along the side of the square that each record gets."""
GAP = 4
COLUMNS = 6
PAPER = "white"


def contact_sheets(
    labels: Labels, matrix: Matrix, records: Sequence[Any], modality: Modality[Any], n: int = 30, most: int = 100
) -> dict[str, bytes] | None:
    """Draw for each group the `n` records nearest to its mean, the nearest first: a PNG by group, ``none.png`` of those in no group.

    Of more than `most` groups the largest are drawn. None where the previews of the modality are no pictures.
    """
    if len(records) == 0 or not isinstance(modality.preview(records[0]), bytes):
        return None
    sizes = Counter(labels.tolist())
    if len(sizes) > most:
        report_problem(f"contact sheets are drawn of the {most} largest of {len(sizes):,} groups", count=len(sizes) - most, expected=True)
    chosen = {group for group, _ in sizes.most_common(most)}
    drawn = np.isin(labels, list(chosen))
    rows = np.flatnonzero(drawn)
    nearest = nearest_to_means(labels[drawn], matrix[rows], n)
    return {f"{'none' if group < 0 else group}.png": _sheet(records, rows[some].tolist(), modality) for group, some in nearest.items()}


def _sheet(records: Sequence[Any], rows: list[int], modality: Modality[Any]) -> bytes:
    from PIL import Image

    columns = min(COLUMNS, len(rows))
    sheet = Image.new("RGB", (_length(columns), _length(ceil(len(rows) / columns))), PAPER)
    for place, row in enumerate(rows):
        small = _small(modality.preview(records[row]))
        across, down = (GAP + at * (CELL + GAP) for at in (place % columns, place // columns))
        sheet.paste(small, (across + (CELL - small.width) // 2, down + (CELL - small.height) // 2))
    stream = BytesIO()
    sheet.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _length(n_cells: int) -> int:
    return GAP + n_cells * (CELL + GAP)


def _small(preview: str | bytes) -> "Image":
    """Fit a picture into its cell; a tiny one is enlarged by whole pixels."""
    from PIL import Image

    with Image.open(BytesIO(preview if isinstance(preview, bytes) else preview.encode())) as image:
        picture = image.convert("RGB")
    factor = CELL // max(picture.size)
    if factor > 1:
        return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    picture.thumbnail((CELL, CELL))
    return picture
