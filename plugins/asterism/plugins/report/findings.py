"""What the page says of single records: which are unusual, and which are nearly the same."""

from typing import Any

import numpy as np

from asterism.framework import FinishedRun

from .arrays import plain
from .groupings import Show

UNUSUAL = 24
BARS = 40
SETS, OF_A_SET = 60, 6


def outliers_of(run: FinishedRun, show: Show) -> list[dict[str, Any]]:
    """Return the part `outliers`: the highest scores of every stage that gives scores, and how all of them are spread."""
    return [_outliers(run, stage, show) for stage in run.stages_giving("scores")]


def _outliers(run: FinishedRun, stage: str, show: Show) -> dict[str, Any]:
    scores = np.asarray(run.result.values[stage], np.float64)
    counts, edges = np.histogram(scores, bins=BARS)
    highest = np.argsort(-scores, kind="stable")[:UNUSUAL]
    return {
        "stage": stage,
        "component": run.result.stages[stage].label,
        "meaning": "higher is more unusual",
        "records": [show(int(row)) | {"score": plain(scores[row], 4)} for row in highest],
        "histogram": {"edges": [plain(edge, 4) for edge in edges], "counts": counts.tolist()},
    }


def duplicates_of(run: FinishedRun, show: Show) -> list[dict[str, Any]]:
    """Return the part `duplicates`: the largest sets of records that a stage found to be nearly the same."""
    return [_duplicates(run, stage, show) for stage in run.stages_giving("labels") if _finds_pairs(run, stage)]


def _finds_pairs(run: FinishedRun, stage: str) -> bool:
    return hasattr(run.result.stages[stage].component, "pairs_")


def _duplicates(run: FinishedRun, stage: str, show: Show) -> dict[str, Any]:
    labels = np.asarray(run.result.values[stage])
    groups, sizes = np.unique(labels[labels >= 0], return_counts=True)
    largest = groups[np.argsort(-sizes, kind="stable")[:SETS]].tolist()
    sets = [{"group": group, "records": [show(int(row)) for row in np.flatnonzero(labels == group)[:OF_A_SET]]} for group in largest]
    return {"stage": stage, "component": run.result.stages[stage].label, "sets": sets, "total": len(groups)}
