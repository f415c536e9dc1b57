"""The plot `elbow`: why a stage has as many groups as it has."""

from typing import TYPE_CHECKING

from asterism.framework.finished import FinishedRun

from ..finished_stages import chosen
from .figures import INK, SMALL, count_along, new_figure, title, without_frame
from .palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 5.0, 3.2
CURVE = "criterion_curve_"
"""Where clusterers keep what they tried: rows (count, score), and of some criteria the score's standard error."""


def elbow(run: FinishedRun, stage: str | None = None) -> "Figure":
    """Draw the score of each count of groups that ``n_clusters: auto`` tried, higher is better, and the count that it took.

    Bars are standard errors, where the criterion has them.
    """
    stages = run.result.stages
    curved = [name for name in run.stages_giving("labels") if CURVE in vars(stages[name].component)]
    name = chosen(run, curved, stage, "chose its number of groups by a curve", "let the spec say `n_clusters: auto`")
    component = stages[name].component
    curve, count = vars(component)[CURVE], int(vars(component)["n_clusters_"])
    figure = new_figure(WIDTH, HEIGHT)
    axes = figure.add_subplot()
    errors = curve[:, 2] if curve.shape[1] > 2 else None
    axes.axvline(count, color=COLOURS[5], linewidth=1.0, linestyle=(0, (4, 3)))
    axes.errorbar(curve[:, 0], curve[:, 1], yerr=errors, color=COLOURS[0], marker="o", markersize=3, linewidth=1.2, capsize=2)
    axes.annotate(f" {count}", (count, 1), xycoords=("data", "axes fraction"), va="top", fontsize=SMALL, color=INK)
    axes.set_xlabel("number of groups", fontsize=SMALL, color=INK)
    axes.set_ylabel(f"{getattr(component, 'criterion', 'score').replace('_', ' ')} (higher is better)", fontsize=SMALL, color=INK)
    count_along(axes)
    without_frame(axes, "top", "right")
    title(axes, f"{name}: {count} groups, chosen from {len(curve)} counts")
    return figure
