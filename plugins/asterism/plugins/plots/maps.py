"""The plot `map`: where the records are, and which group is where."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.finished import FinishedRun
from asterism.framework.problems import report_problem

from ..finished_stages import stage_with_map
from .figures import PALE, SMALL, new_figure, plain, title, without_frame
from .groups import Groups, groups_of
from .palette import COLOURS, colour
from .placing import Label, write_labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 7.0, 6.2
RASTERIZED_ABOVE = 10_000
"""More points than this are one picture inside of a vector file."""
INKED = 24_000.0
"""Square points of ink that all points of a map have together, within the limits of `POINT_SIZES`."""
POINT_SIZES = 0.4, 14.0
FONT_SIZES = 5.5, 8.5
"""Of the labels of the smallest and the largest group, in points."""


def map(run: FinishedRun, stage: str | None = None) -> "Figure":  # noqa: A001  # named for what it draws
    """Draw a map: a point for each record, coloured by group, and the titles of the groups where they are.

    `stage` is the map, or the groups to colour it by; where it is not given, the last of each. Points come in no order that would let
    one group cover the others. The 50 largest groups have colours and titles; the others, and records of no group, are grey.
    """
    groups = _groups(run, stage)
    name = stage_with_map(run, stage if stage in run.maps() or groups is None else None)
    places = np.asarray(run.result.values[name], np.float64)
    finite = _finite(places, name)
    figure, axes = new_figure(WIDTH, HEIGHT)
    without_frame(axes)
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal", adjustable="datalim")
    _draw_points(axes, places, finite, groups)
    axes.set_xlabel(_caption(name, groups, int(finite.sum())), loc="left", **plain(SMALL))
    title(axes, run.pipeline.name)
    if groups is not None:
        _write_titles(figure, axes, groups, places, finite)
    return figure


def _finite(places: NDArray[np.float64], name: str) -> NDArray[np.bool_]:
    """Tell which records have a place."""
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(places).all(axis=1), np.bool_)
    if n_lost := int((~finite).sum()):
        report_problem(f"stage '{name}' gives {n_lost:,} records no place on the map; they are left out", count=n_lost)
    return finite


def _groups(run: FinishedRun, stage: str | None) -> Groups | None:
    """Gather the groups that the map is coloured by, where there are any."""
    if stage is not None and stage not in run.maps():
        return groups_of(run, stage)
    return groups_of(run, None) if run.stages_giving("labels") else None


def _draw_points(axes: Any, places: NDArray[np.float64], finite: NDArray[np.bool_], groups: Groups | None) -> None:
    rows = np.random.RandomState(0).permutation(np.flatnonzero(finite))
    colours = _colours(groups, len(places))
    back = np.zeros(len(places), bool) if groups is None else ~np.isin(groups.labels, groups.shown)
    smallest, largest = POINT_SIZES
    size = float(np.clip(INKED / max(1, len(rows)), smallest, largest))
    rasterized = len(rows) > RASTERIZED_ABOVE
    for some in filter(len, (rows[back[rows]], rows[~back[rows]])):  # what is grey comes first, and lies below
        axes.scatter(*places[some].T, s=size, c=colours[some], linewidths=0, alpha=0.75, rasterized=rasterized)


def _colours(groups: Groups | None, n_rows: int) -> NDArray[np.float64]:
    """Return the colour of each record, shape (n, 3)."""
    from matplotlib.colors import to_rgb

    if groups is None:
        return np.tile(to_rgb(COLOURS[0]), (n_rows, 1))
    found = np.tile(to_rgb(PALE), (n_rows, 1))
    for place, group in enumerate(groups.shown):
        found[groups.labels == group] = colour(place)
    return found


def _caption(name: str, groups: Groups | None, n_rows: int) -> str:
    told = f"{name}: {n_rows:,} records"
    return told if groups is None else f"{told}, coloured by {groups.stage} ({len(groups.sizes):,} groups)"


def _write_titles(figure: "Figure", axes: Any, groups: Groups, places: NDArray[np.float64], finite: NDArray[np.bool_]) -> None:
    """Write titles into the picture as it is laid out now; it must not be laid out anew after that."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    if left_out := write_labels(axes, _labels(groups, places, finite)):
        report_problem(f"{left_out} of {len(groups.shown)} titles of groups found no place on the map", count=left_out)


def _labels(groups: Groups, places: NDArray[np.float64], finite: NDArray[np.bool_]) -> Iterator[Label]:
    smallest, largest = FONT_SIZES
    for group in groups.shown:
        members = places[(groups.labels == group) & finite]
        if len(members):
            share = np.sqrt(groups.sizes[group] / groups.sizes[groups.shown[0]])
            x, y = np.median(members, axis=0)
            yield Label(groups.titles[group], x, y, smallest + (largest - smallest) * share)
