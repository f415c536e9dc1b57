"""What a group looks like: the records nearest to its mean, whatever they are records of.

A describer is a function behind an entry point of ``asterism.describer``; it names what it needs as parameters, like a metric, and
says something about each group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, in_detail
from asterism.framework.values import is_sparse

from .means import distances_to_means, group_means


@in_detail
def exemplars(labels: Labels, matrix: Matrix, ids: Sequence[str], n: int = 3) -> dict[int, list[str]]:
    """Return for each group the ids of the `n` records nearest to its mean, the nearest first; equals stay in their order.

    `matrix` is dense or CSR, shape (n_records, n_features): what was grouped. Group -1 (no group) is left out.
    """
    return {group: [ids[row] for row in rows] for group, rows in nearest_to_means(labels, matrix, n).items() if group >= 0}


def nearest_to_means(labels: Labels, matrix: Matrix, n: int) -> dict[int, list[int]]:
    """Return for each group, -1 among them, the `n` rows nearest to its mean, the nearest first; equals stay in their order."""
    groups, members = np.unique(labels, return_inverse=True)
    means = group_means(matrix, members, len(groups))
    distances = distances_to_means(matrix, members, means)
    # From CSR rows a distance is a difference of squared lengths, and as exact as those.
    scale = float(np.square(means).sum(axis=1).max(initial=0.0)) if is_sparse(matrix) else 0.0
    order = np.lexsort((_without_rounding(distances, scale), members))  # stable
    starts = np.searchsorted(members[order], np.arange(len(groups)))
    ends = np.append(starts[1:], len(order))
    spans = zip(groups.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return {group: order[start : min(start + n, end)].tolist() for group, start, end in spans}


def _without_rounding(distances: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Make equal what differs in the last bits only: the two records of a pair are equally near to their mean."""
    largest = max(scale, float(distances.max(initial=0.0))) or 1.0
    return np.asarray(np.round(distances / largest, 12), np.float64)
