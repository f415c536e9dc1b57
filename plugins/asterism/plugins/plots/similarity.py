"""The plot `similarity`: how alike each two groups of a stage are."""

from typing import TYPE_CHECKING, Any

import numpy as np

from asterism.framework.finished import FinishedRun

from ..group_likeness import cosines, joined
from .figures import INK, SMALL, names_beside, new_figure, title, without_frame
from .groups import groups_of

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
    from scipy.cluster.hierarchy import leaves_list

    groups = groups_of(run, stage)
    groups.require(2, "a heat map")
    alike = cosines(groups.means(groups.shown))
    order = leaves_list(joined(alike))
    np.fill_diagonal(alike, np.nan)
    names = [groups.titles[groups.shown[place]] for place in order]
    side = CELL * max(8, len(names))
    figure, axes = new_figure(side + CHARACTER * max(map(len, names)) + BAR, side + MARGIN)
    without_frame(axes)
    image = axes.imshow(alike[np.ix_(order, order)], cmap=COLOURS, interpolation="nearest")
    names_beside(axes, range(len(names)), names)
    axes.set_xticks([])
    _draw_bar(figure, axes, image)
    title(axes, f"{groups.stage}: how alike the groups are")
    return figure


def _draw_bar(figure: "Figure", axes: Any, image: Any) -> None:
    """Say which colour means what."""
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=30, pad=0.03)
    bar.set_label("cosine of the means", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL - 1, width=0.6, color=INK, labelcolor=INK)
    bar.outline.set_visible(False)
