"""The picture `overlays`: the regions that groups of patches make, laid over their image."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, report_problem

from .arrays import Array, to_pil
from .patches import Windows

SHARE = 0.5
"""How much of a region's colour is mixed in."""
GOLDEN = 0.618033988749895
"""Hues this far apart, as shares of the circle, stay different for any number of groups."""


def overlays(labels: Labels, ids: Sequence[str], records: Any, most: int = 100) -> dict[str, bytes] | None:
    """Lay the groups of patches over their images, a colour for each group, with white borders: a PNG by image, in their order.

    Patches of no group stay as they are. Of more than `most` images the first are drawn. None where the records are no patches.
    """
    windows = getattr(records, "entries", None)
    if not isinstance(windows, Windows):
        return None
    drawn: dict[str, bytes] = {}
    for name, regions in _regions(labels, ids):
        if len(drawn) == most:
            report_problem(f"overlays are drawn of the first {most} images", expected=True)
            break
        drawn[f"overlay-{len(drawn)}.png"] = _png(_overlay(windows.image(name), regions))
    return drawn


def _regions(labels: Labels, ids: Sequence[str]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each image with the groups of its patches, shape (n_rows, n_columns)."""
    places = ((*identity.rpartition("#")[::2], group) for identity, group in zip(ids, labels.tolist(), strict=True))
    for name, patches in groupby(places, key=lambda place: place[0]):
        found = [(*map(int, at.split(",")), group) for _, at, group in patches]
        cells = np.array(found, np.int64)
        rows, row_of = np.unique(cells[:, 0], return_inverse=True)
        columns, column_of = np.unique(cells[:, 1], return_inverse=True)
        regions = np.full((len(rows), len(columns)), -1, np.int64)
        regions[row_of, column_of] = cells[:, 2]
        yield name, regions


def _overlay(image: Array, regions: NDArray[np.int64]) -> Array:
    height, width = image.shape[:2]
    rows, columns = (np.arange(length) * n // length for length, n in zip((height, width), regions.shape, strict=True))
    groups = regions[rows[:, None], columns]
    mixed = np.where((groups >= 0)[..., None], (1 - SHARE) * image + SHARE * _colours(groups), image)
    mixed[_borders(groups)] = 255
    return mixed.astype(np.uint8)


def _colours(groups: NDArray[np.int64]) -> NDArray[np.float64]:
    from colorsys import hsv_to_rgb

    table = np.array([hsv_to_rgb(group * GOLDEN % 1, 0.8, 1.0) for group in range(int(groups.max(initial=0)) + 1)])
    colours: NDArray[np.float64] = 255 * table[np.maximum(groups, 0)]
    return colours


def _borders(groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    borders = np.zeros(groups.shape, bool)
    borders[:, 1:] |= groups[:, 1:] != groups[:, :-1]
    borders[1:] |= groups[1:] != groups[:-1]
    return borders


def _png(image: Array) -> bytes:
    stream = BytesIO()
    to_pil(image).save(stream, "PNG")
    return stream.getvalue()
