"""The plot `dendrogram`: which groups of a stage are near to each other, and which are far."""

from typing import TYPE_CHECKING, Any

from asterism.framework.finished import FinishedRun

from ..group_likeness import cosines, joined
from .figures import below, names_beside, new_figure, title, without_frame
from .groups import groups_of
from .palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, LEAF, MARGIN = 6.5, 0.17, 1.0
"""Inches: of the figure, of one group, and above and below them."""
LEAF_STEP = 10.0
"""How far scipy puts leaves apart, the first at half of it."""


def dendrogram(run: FinishedRun, stage: str | None = None) -> "Figure":
    """Draw how groups join: average linkage by 1 - cosine of their means, in the matrix that the stage is made of.

    Of more than 50 groups the largest are drawn.
    """
    from scipy.cluster.hierarchy import dendrogram as scipy_dendrogram

    groups = groups_of(run, stage)
    groups.require(2, "a dendrogram")
    tree = scipy_dendrogram(joined(cosines(groups.means(groups.shown))), no_plot=True)
    leaves = [groups.shown[leaf] for leaf in tree["leaves"]]
    figure, axes = new_figure(WIDTH, MARGIN + LEAF * max(4, len(leaves)))
    without_frame(axes, "top", "left", "right")
    places = [LEAF_STEP * (place + 0.5) for place in range(len(leaves))]
    names_beside(axes, places, [f"{groups.titles[group]}  ({groups.sizes[group]:,})" for group in leaves], right=True)
    _draw(axes, tree)
    below(axes, "distance: 1 - cosine of the means, averaged over pairs of groups")
    title(axes, f"{groups.stage}: how the groups join")
    return figure


def _draw(axes: Any, tree: dict[str, Any]) -> None:
    """Draw the joins; leaves are on the right, where the distance is 0."""
    from matplotlib.collections import LineCollection

    joins = [list(zip(far, along, strict=True)) for far, along in zip(tree["dcoord"], tree["icoord"], strict=True)]
    axes.add_collection(LineCollection(joins, colors=COLOURS[0], linewidths=1.0, capstyle="projecting"))
    axes.set_xlim(1.03 * max(max(far) for far in tree["dcoord"]) or 1.0, 0)
    axes.set_ylim(LEAF_STEP * len(tree["leaves"]), 0)
