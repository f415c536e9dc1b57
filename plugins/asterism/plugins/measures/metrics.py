"""Scores of a grouping against known classes, which nothing was fitted to.

A metric is a function behind an entry point of ``asterism.metric``. It names what it needs as parameters (`labels`, `targets`,
`matrix`, `ids`) and returns a number. A group -1 (no group) counts as a group of its own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Labels

ROUNDING = 1e-14
"""What rounding leaves of the information that independent partitions share, which is none."""


def nmi(labels: Labels, targets: Sequence[str]) -> float:
    """Return the normalised mutual information: 0 where groups say nothing about classes, 1 where they are the same partition.

    Normalised by the mean of both entropies (Strehl and Ghosh, JMLR 2002), which is what scikit-learn does.
    """
    rows, columns, cells = _contingency(labels, targets)
    entropies = (_entropy(np.bincount(rows, cells)) + _entropy(np.bincount(columns, cells))) / 2
    if entropies == 0:  # one group and one class
        return 1.0
    information = 2 * entropies - _entropy(cells)
    shared = float(information / entropies)
    return shared if shared > ROUNDING else 0.0


def ari(labels: Labels, targets: Sequence[str]) -> float:
    """Return the adjusted Rand index: 1 for the same partition, 0 on average by chance, negative below it.

    Hubert and Arabie, "Comparing partitions", Journal of Classification 1985.
    """
    rows, columns, cells = _contingency(labels, targets)
    together = _pairs(cells)
    in_groups, in_classes = _pairs(np.bincount(rows, cells)), _pairs(np.bincount(columns, cells))
    every = _pairs(np.array([cells.sum()]))
    by_chance = in_groups * in_classes / every if every else 0.0
    best = (in_groups + in_classes) / 2
    return (together - by_chance) / (best - by_chance) if best != by_chance else 1.0


def _contingency(labels: Labels, targets: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Count the records in each pair of group and class: group and class numbers of the pairs that occur, and their counts."""
    if len(labels) != len(targets):
        raise DataError(f"labels and targets must have one length (got {len(labels)} and {len(targets)})")
    groups = np.unique(np.asarray(labels), return_inverse=True)[1]
    names, classes = np.unique(np.asarray(targets), return_inverse=True)
    pairs, counts = np.unique(groups * max(len(names), 1) + classes, return_counts=True)
    rows, columns = np.divmod(pairs, max(len(names), 1))
    return rows, columns, counts.astype(np.float64)


def _entropy(counts: NDArray[Any]) -> float:
    shares = counts / max(counts.sum(), 1)
    return float(-np.sum(shares * np.log(shares)))


def _pairs(counts: NDArray[Any]) -> float:
    return float(np.sum(counts * (counts - 1)) / 2)
