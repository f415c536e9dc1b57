"""Labels on a map that do not overlap: each goes to the free place nearest to its group, the first ones first."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .figures import plain

LINE_CHARACTERS, LINES = 20, 2
RINGS, TURNS = 12, 20
"""Places that are tried around a group: at so many distances, in so many directions."""
GAP = 2.0
"""Pixels between two labels."""
LINE = {"arrowstyle": "-", "linewidth": 0.4, "color": "#6b6b6b", "shrinkA": 0, "shrinkB": 0}
"""From a label to its group, where that is not under it."""


@dataclass(frozen=True)
class Label:
    """What is to be written, and where it belongs."""

    text: str
    x: float
    y: float
    size: float
    """Of the font, in points."""


def write_labels(axes: Any, labels: Iterable[Label]) -> int:
    """Write labels on axes whose limits are final; return how many found no place and were left out."""
    renderer = axes.figure.canvas.get_renderer()
    room = axes.get_window_extent(renderer).extents
    taken, left_out = np.empty((0, 4)), 0
    for label in labels:
        size = _size(axes, label, renderer)
        anchor = axes.transData.transform((label.x, label.y))
        found = _free_place(anchor, size, taken, room)
        if found is None:
            left_out += 1
            continue
        _write(axes, label, (found - anchor) * 72 / axes.figure.dpi, size * 72 / axes.figure.dpi)
        taken = np.vstack([taken, _boxes(found[np.newaxis], size)])
    return left_out


def _style(label: Label) -> dict[str, Any]:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.8, foreground="white")]
    return plain(label.size, ha="center", va="center", linespacing=1.0, path_effects=halo)


def _lines(label: Label) -> str:
    return "\n".join(wrap(label.text, LINE_CHARACTERS, max_lines=LINES, placeholder="…"))


def _size(axes: Any, label: Label, renderer: Any) -> NDArray[np.float64]:
    """Measure a label in pixels."""
    text = axes.text(label.x, label.y, _lines(label), **_style(label))
    box = text.get_window_extent(renderer)
    text.remove()
    return np.array([box.width + GAP, box.height + GAP])


def _write(axes: Any, label: Label, shift: NDArray[np.float64], size: NDArray[np.float64]) -> None:
    """Write a label, shifted by some points, with a line to its group where that is not under it."""
    place: dict[str, Any] = {"xy": (label.x, label.y), "xytext": tuple(shift), "textcoords": "offset points"}
    if (np.abs(shift) > size / 2).any():
        axes.annotate("", **place, arrowprops=LINE, zorder=4)  # below all texts
    axes.annotate(_lines(label), **place, **_style(label), zorder=5)


def _free_place(
    anchor: NDArray[np.float64], size: NDArray[np.float64], taken: NDArray[np.float64], room: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    places = anchor + np.array(list(_shifts())) * size[1]
    boxes = _boxes(places, size)
    inside = (boxes[:, :2] >= room[:2]).all(axis=1) & (boxes[:, 2:] <= room[2:]).all(axis=1)
    beside: Any = (boxes[:, np.newaxis, :2] >= taken[:, 2:]) | (boxes[:, np.newaxis, 2:] <= taken[:, :2])  # (places, taken, x and y)
    free = np.flatnonzero(inside & beside.any(axis=2).all(axis=1))
    return places[free[0]] if len(free) else None


def _boxes(places: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return left, bottom, right and top of boxes around places."""
    return np.hstack([places - size / 2, places + size / 2])


def _shifts() -> Iterator[tuple[float, float]]:
    """Yield shifts to try, the nearest first, in heights of a label; labels are wide, so they are moved twice as far sideways."""
    yield 0.0, 0.0
    for ring in range(1, RINGS + 1):
        for turn in range(TURNS):
            angle = 2 * math.pi * (turn + 0.5 * (ring % 2)) / TURNS
            yield ring * math.cos(angle), ring * math.sin(angle) * 0.5
