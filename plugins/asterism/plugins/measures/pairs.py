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
    if not _same_groups(labels, clusterer.labels_):
        return None
    first, second = clusterer.pairs_.T
    together = (labels[first] == labels[second]) & (labels[first] >= 0)
    told: dict[int, list[str]] = {int(group): [] for group in np.unique(labels) if group >= 0}
    for (row, other), far in zip(clusterer.pairs_[together].tolist(), clusterer.distances_[together].tolist(), strict=True):
        if len(texts := told[int(labels[row])]) < n:
            texts.append(f"{ids[row]} - {ids[other]}: {far:.4g}")
    return told


def _same_groups(labels: Labels, others: Labels) -> bool:
    """Tell whether groups are the same but for their numbers."""
    both = np.unique(np.stack([labels, others]), axis=1)
    return all(len(np.unique(numbers)) == len(numbers) for numbers in both) and np.array_equal(both[0] < 0, both[1] < 0)
