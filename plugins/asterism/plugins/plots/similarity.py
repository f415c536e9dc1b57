"""The plot `similarity`: how alike each two groups of a stage are."""

from typing import TYPE_CHECKING

import numpy as np

from asterism.framework.finished import FinishedRun

from .figures import INK, SMALL, new_figure, plain, title, without_frame
from .groups import groups_of
from .likeness import cosines, linked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL, CHARACTER, BAR, MARGIN = 0.17, 0.06, 1.2, 0.7
"""Inches: of a cell, of a character of a title, of the colour bar with its numbers, and above and below the cells."""
COLOURS = "cividis"
"""Even in brightness for any kind of colour vision (Nuñez, Anderton and Renslow, PLoS ONE 2018)."""


def similarity(run: FinishedRun, stage: str | None = None) -> "Figure":
    """Draw the cosine of the means of each two groups as a heat map, groups in the order of their dendrogram.

    The means are in the matrix that the stage is made of. Of more than 50 groups the largest are drawn. What a group has with itself is
    left white.
    """
    groups = groups_of(run, stage)
    groups.require(2, "a heat map")
    alike = cosines(groups.means(groups.shown))
    order = linked(alike)["leaves"]
    np.fill_diagonal(alike, np.nan)
    alike, names = alike[np.ix_(order, order)], [groups.titles[groups.shown[place]] for place in order]
    side = CELL * max(8, len(names))
    figure = new_figure(side + CHARACTER * max(map(len, names)) + BAR, side + MARGIN)
    axes = figure.add_subplot()
    image = axes.imshow(alike, cmap=COLOURS, interpolation="nearest")
    axes.set_yticks(range(len(names)), names, **plain())
    axes.set_xticks([])
    without_frame(axes)
    axes.tick_params(axis="y", length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=30, pad=0.03)
    bar.set_label("cosine of the means", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL - 1, width=0.6, color=INK, labelcolor=INK)
    bar.outline.set_linewidth(0)
    title(axes, f"{groups.stage}: how alike the groups are")
    return figure
