"""Which records of a group are nearly the same, and how far they are from each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from asterism.framework import Labels, in_detail


@in_detail
def pairs(labels: Labels, ids: Sequence[str], clusterer: Any, n: int = 20) -> dict[int, list[str]] | None:
    """Tell for each group the `n` nearest of its pairs, as ``id - id: distance``, the nearest first.

    None of clusterers that keep no pairs (`pairs_` and `distances_`), and of records that these were not fitted on.
    """
    if not hasattr(clusterer, "pairs_") or len(labels) != len(clusterer.labels_):
        return None
    first, second = clusterer.pairs_.T
    if not np.array_equal(labels[first], labels[second]):
        return None
    told: dict[int, list[str]] = {int(group): [] for group in np.unique(labels) if group >= 0}
    for row, other, far in zip(first.tolist(), second.tolist(), clusterer.distances_.tolist(), strict=True):
        if len(texts := told[int(labels[row])]) < n:
            texts.append(f"{ids[row]} - {ids[other]}: {far:.4g}")
    return told
