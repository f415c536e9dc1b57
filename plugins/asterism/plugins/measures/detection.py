"""How well scores find the anomalies, where it is known which records are.

There must be two classes of records. The anomaly is the rarer one; of two equally frequent ones it is the last in sort order, which is
right for "0" and "1", "no" and "yes".
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Scores


def roc_auc(scores: Scores, targets: Sequence[str]) -> float | None:
    """Return the area under the ROC curve: chance that an anomaly scores above a usual record, 0.5 is guessing.

    Computed from ranks (Hanley and McNeil, "The meaning and use of the area under a ROC curve", Radiology 1982); a tie counts half.
    The rarer class is the anomaly; None unless there are two classes.
    """
    found = _by_score(scores, targets)
    if found is None:
        return None
    anomalies, others = found
    below = others.sum() - np.cumsum(others)  # the best scores come first
    return float(anomalies @ (below + others / 2) / (anomalies.sum() * others.sum()))


def average_precision(scores: Scores, targets: Sequence[str]) -> float | None:
    """Return the average precision: share of anomalies down to each of them, 1 is best, their share is guessing.

    The area under the steps of the precision-recall curve, without interpolation; records with one score come at once. It tells more
    than `roc_auc` where anomalies are rare (Davis and Goadrich, ICML 2006). The rarer class is the anomaly; None unless there are two.
    """
    found = _by_score(scores, targets)
    if found is None:
        return None
    anomalies, others = found
    precision = np.cumsum(anomalies) / np.cumsum(anomalies + others)
    return float(anomalies @ precision / anomalies.sum())


def _by_score(scores: Scores, targets: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Count the anomalies and the other records at each score, the highest first; None unless there are two classes."""
    if len(scores) != len(targets):
        raise DataError(f"scores and targets must have one length (got {len(scores)} and {len(targets)})")
    names, classes = np.unique(np.asarray(targets), return_inverse=True)
    if len(names) != 2:
        return None
    anomaly = classes == (0 if np.count_nonzero(classes == 0) < np.count_nonzero(classes == 1) else 1)
    values, places = np.unique(-np.asarray(scores), return_inverse=True)
    return np.bincount(places, anomaly, len(values)), np.bincount(places, ~anomaly, len(values))
