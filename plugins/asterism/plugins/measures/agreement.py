"""Scores of a grouping against known classes, which nothing was fitted to.

A metric is a function behind an entry point of ``asterism.metric``. It names what it needs as parameters (`labels`, `targets`,
`matrix`, `ids`) and returns a number, or None where there is none to give; what the first line of its docstring says behind the colon
explains the number to a reader. Here a group -1 (no group) counts as a group of its own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Labels, on_request

ROUNDING = 1e-14
"""What rounding leaves of the information that independent partitions share, which is none."""


def nmi(labels: Labels, targets: Sequence[str]) -> float:
    """Return the normalised mutual information: agreement with the known classes, 0 none to 1 full.

    It rises with the number of groups alone, which `ami` corrects. Normalised by the mean of both entropies (Strehl and Ghosh, JMLR 2002),
    as in scikit-learn.
    """
    information, entropy = _information(*_contingency(labels, targets))
    return information / entropy if entropy else 1.0  # one group and one class


@on_request
def v_measure(labels: Labels, targets: Sequence[str]) -> float:
    """Return the V-measure: groups of one class and classes in one group, 0 none to 1 full.

    The harmonic mean of homogeneity and completeness (Rosenberg and Hirschberg, EMNLP-CoNLL 2007). With both of equal weight it is the
    mutual information over the mean of both entropies: the same number as `nmi`, under the name that some fields know it by.
    """
    return nmi(labels, targets)


def ami(labels: Labels, targets: Sequence[str]) -> float:
    """Return the adjusted mutual information: agreement with the known classes beyond chance, 1 is full.

    Mutual information less what chance gives, over the mean of both entropies less the same: 0 on average by chance, and negative below
    it; unlike `ari` it gives small classes their weight (Vinh, Epps and Bailey, JMLR 2010). 1 where all is one group and one class.
    """
    rows, columns, cells = _contingency(labels, targets)
    sizes, class_sizes = np.bincount(rows, cells), np.bincount(columns, cells)
    if len(sizes) == len(cells) == len(class_sizes):  # the same partition
        return 1.0
    if len(sizes) == 1 or len(class_sizes) == 1:  # one side says nothing
        return 0.0
    information, entropy = _information(rows, columns, cells)
    by_chance = _information_by_chance(sizes, class_sizes)
    # Where all records differ on one side, any agreement is by chance, and both differences are rounding.
    return (information - by_chance) / (entropy - by_chance) if entropy - by_chance > ROUNDING else 0.0


def purity(labels: Labels, targets: Sequence[str]) -> float:
    """Return the purity: share of records in the commonest class of their group.

    Manning, Raghavan and Schuetze, "Introduction to Information Retrieval", 2008. It rises with the number of groups, to 1 where each
    record is a group: compare it between equal numbers of groups only. 1 where there are no records.
    """
    rows, _, cells = _contingency(labels, targets)
    largest = np.zeros(int(rows.max(initial=-1)) + 1)
    np.maximum.at(largest, rows, cells)
    return float(largest.sum() / cells.sum()) if len(cells) else 1.0


def ari(labels: Labels, targets: Sequence[str]) -> float:
    """Return the adjusted Rand index: agreement with the known classes beyond chance, 1 is full.

    The share of pairs of records that both put together or both apart, less what chance gives: 0 on average then, and negative below.
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


def _information(rows: NDArray[np.int64], columns: NDArray[np.int64], cells: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mutual information of groups and classes and the mean of both entropies, in nats."""
    entropy = (_entropy(np.bincount(rows, cells)) + _entropy(np.bincount(columns, cells))) / 2
    information = 2 * entropy - _entropy(cells)
    return (information if information > ROUNDING * entropy else 0.0), entropy


def _information_by_chance(sizes: NDArray[Any], class_sizes: NDArray[Any]) -> float:
    """Average the mutual information over all ways to deal the records to groups and classes of these sizes."""
    n = sizes.sum()
    pairs = [
        times * class_times * _cell_by_chance(size, class_size, n)
        for size, times in zip(*np.unique(sizes, return_counts=True), strict=True)
        for class_size, class_times in zip(*np.unique(class_sizes, return_counts=True), strict=True)
    ]
    return float(np.sum(pairs))


def _cell_by_chance(size: float, class_size: float, n: float) -> float:
    """Return what one pair of group and class adds on average: its count is hypergeometric."""
    from scipy.special import gammaln

    expected = size * class_size / n
    reach = 12 * np.sqrt(expected) + 100  # counts farther from the mean have a probability below 1e-30
    counts = np.arange(max(1.0, size + class_size - n, np.floor(expected - reach)), min(size, class_size, expected + reach) + 1)
    fixed = np.array([size, class_size, n - size, n - class_size, n])
    chosen = np.array([counts, size - counts, class_size - counts, n - size - class_size + counts])
    probability = np.exp(gammaln(fixed[:4] + 1).sum() - gammaln(n + 1) - gammaln(chosen + 1).sum(axis=0))
    return float(probability @ (counts / n * np.log(counts / expected)))


def _entropy(counts: NDArray[Any]) -> float:
    shares = counts / max(counts.sum(), 1)
    return float(-np.sum(shares * np.log(shares)))


def _pairs(counts: NDArray[Any]) -> float:
    return float(np.sum(counts * (counts - 1)) / 2)
