"""The plot `sizes`: how large the groups of a stage are."""

from typing import TYPE_CHECKING, Any

from asterism.framework.finished import FinishedRun

from .figures import INK, PALE, SMALL, below, count_along, names_beside, new_figure, title, without_frame
from .groups import Groups, groups_of
from .palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, BAR, MARGIN = 6.5, 0.17, 0.9
"""Inches: of the figure, of one bar, and above and below the bars."""
ROOM = 1.12
"""The axis is so many times as long as the longest bar: the number stands behind it."""


def sizes(run: FinishedRun, stage: str | None = None) -> "Figure":
    """Draw the sizes of groups as bars with their titles, the largest first.

    Of more than 50 groups the largest are drawn. Below them stand, in grey, the records of no group.
    """
    groups = groups_of(run, stage)
    bars = _bars(groups)
    figure, axes = new_figure(WIDTH, MARGIN + BAR * max(3, len(bars)))
    without_frame(axes, "top", "right", "left")
    names_beside(axes, range(len(bars)), [name for name, _, _ in bars])
    _draw(axes, bars)
    count_along(axes)
    below(axes, _left_out(groups))
    title(axes, f"{groups.stage}: {len(groups.sizes):,} group{'' if len(groups.sizes) == 1 else 's'} of {len(groups.labels):,} records")
    return figure


def _draw(axes: Any, bars: list[tuple[str, int, bool]]) -> None:
    colours = [COLOURS[0] if grouped else PALE for _, _, grouped in bars]
    axes.barh(range(len(bars)), [size for _, size, _ in bars], color=colours, height=0.78)
    for place, (_, size, _) in enumerate(bars):
        axes.text(size, place, f" {size:,}", va="center", fontsize=SMALL - 0.5, color=INK)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, ROOM * max(size for _, size, _ in bars) or 1)


def _bars(groups: Groups) -> list[tuple[str, int, bool]]:
    """List name and size of each bar, and whether it is a group."""
    bars = [(groups.titles[group], groups.sizes[group], True) for group in groups.shown]
    if groups.ungrouped or not bars:
        bars.append(("no group", groups.ungrouped, False))
    return bars


def _left_out(groups: Groups) -> str:
    if not groups.hidden:
        return "records"
    n_records = sum(groups.sizes[group] for group in groups.hidden)
    return f"records; {len(groups.hidden):,} smaller groups, of {n_records:,} records, are not drawn"
