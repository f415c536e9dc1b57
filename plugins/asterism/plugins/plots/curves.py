"""The plot `elbow`: why a stage has as many groups as it has."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework.finished import FinishedRun

from ..finished_stages import chosen
from .figures import INK, SMALL, below, count_along, new_figure, title, without_frame
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
    component: Any = stages[name].component
    curve, count = component.criterion_curve_, int(component.n_clusters_)
    figure, axes = new_figure(WIDTH, HEIGHT)
    without_frame(axes, "top", "right")
    _draw(axes, curve, count)
    count_along(axes)
    below(axes, "number of groups")
    axes.set_ylabel(f"{component.criterion.replace('_', ' ')} (higher is better)", fontsize=SMALL, color=INK)
    title(axes, f"{name}: {count:,} group{'' if count == 1 else 's'}, chosen from {len(curve)} counts")
    return figure


def _draw(axes: Any, curve: NDArray[np.float64], count: int) -> None:
    errors = curve[:, 2] if curve.shape[1] > 2 else None
    axes.axvline(count, color=COLOURS[5], linewidth=1.0, linestyle=(0, (4, 3)))
    axes.errorbar(curve[:, 0], curve[:, 1], yerr=errors, color=COLOURS[0], marker="o", markersize=3, linewidth=1.2, capsize=2)
    axes.annotate(f" {count}", (count, 1), xycoords=("data", "axes fraction"), va="top", fontsize=SMALL, color=INK)
