"""All that the page of a run shows, as plain data: the page itself is markup and scripts that never change."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asterism.framework import FinishedRun, Problem
from asterism.framework.problems import problems_to, report_problem

from .about import about_run, metrics_of
from .findings import duplicates_of, outliers_of
from .groupings import Show, groupings_of
from .offers import recommendations_of, samples_of, shown
from .points import Points, chosen_points, maps_of, points_of, strings_at

FORMAT = 1
"""Version of the content; the scripts of the page know this one."""


def content_of(run: FinishedRun) -> dict[str, Any]:
    """Make the content of the page of a run.

    Its parts are ``run``, ``points``, ``maps``, ``groupings``, ``outliers``, ``duplicates``, ``recommendations``, ``samples`` and
    ``metrics``. What the run does not have is empty. Where the source is gone or changed, records are shown by their ids alone.
    """
    told: list[Problem] = []
    with problems_to(told.append):
        content = _parts(run)
    return content | {"run": about_run(run, told)}


def _parts(run: FinishedRun) -> dict[str, Any]:
    points = chosen_points(run)
    told = points_of(run, points)
    show = _shower(run, points, told["ids"])
    return {
        "format": FORMAT,
        "title": str(run.state.get("name", run.folder.name)),
        "live": None,
        "points": told,
        "maps": _or_nothing("maps", lambda: maps_of(run, points)),
        "groupings": _or_nothing("groups", lambda: groupings_of(run, points.rows, show)),
        "outliers": _or_nothing("outliers", lambda: outliers_of(run, show)),
        "duplicates": _or_nothing("near-duplicates", lambda: duplicates_of(run, show)),
        "recommendations": _or_nothing("recommendations", lambda: recommendations_of(run)),
        "samples": _or_nothing("samples", lambda: samples_of(run)),
        "metrics": _or_nothing("metrics", lambda: metrics_of(run)),
    }


def _or_nothing(what: str, make: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Make a part of the page; one that a component breaks costs itself, not the page."""
    try:
        return make()
    except Exception as error:  # a component of anybody's, which may raise anything
        report_problem(f"the page has no {what}: {type(error).__name__}: {error}")
        return []


def _shower(run: FinishedRun, points: Points, ids: Sequence[str]) -> Show:
    """Make what shows single records; their pictures are not repeated, the page has them as thumbnails."""

    def show(row: int) -> dict[str, Any]:
        point, preview = points.of_row(row), points.preview(row)
        name = strings_at(run.result.ids, np.array([row]))[0] if point is None else ids[point]
        return {"row": row, "point": point, "id": name, "preview": shown(preview) if isinstance(preview, str) else {}}

    return show
