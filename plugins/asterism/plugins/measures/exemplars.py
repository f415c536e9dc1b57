"""What a group looks like: the records nearest to its mean, whatever they are records of.

A describer is a function behind an entry point of ``asterism.describer``; it names what it needs as parameters, like a metric, and
says something about each group.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.values import is_sparse

BLOCK_VALUES = 2**20
"""Rows are compared with their means in blocks of about this many values (8 MiB in float64)."""


def exemplars(labels: Labels, matrix: Matrix, ids: Sequence[str], n: int = 3) -> dict[int, list[str]]:
    """Return for each group the ids of the `n` records nearest to its mean, the nearest first; equals stay in their order.

    `matrix` is dense or CSR, shape (n_records, n_features): what was grouped. Group -1 (no group) is left out.
    """
    groups, members = np.unique(labels, return_inverse=True)
    distances = _distances(matrix, members, _means(matrix, members, len(groups)))
    order = np.lexsort((_without_rounding(distances), members))  # stable
    starts = np.searchsorted(members[order], np.arange(len(groups)))
    ends = np.append(starts[1:], len(order))
    spans = zip(groups.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return {group: [ids[row] for row in order[start : min(start + n, end)]] for group, start, end in spans if group >= 0}


def _means(matrix: Matrix, members: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
    from scipy.sparse import csr_matrix

    counts = np.bincount(members, minlength=n_groups)
    shares = csr_matrix((1 / counts[members], (np.arange(len(members)), members)), shape=(len(members), n_groups))
    if is_sparse(matrix):
        return np.asarray((shares.T @ matrix).toarray())
    means = np.zeros((n_groups, matrix.shape[1]))
    for block in _blocks(matrix):
        means += shares[block].T @ matrix[block]
    return means


def _distances(matrix: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row's squared distance to the mean of its own group, less what all rows of the group share."""
    if not is_sparse(matrix):
        return np.concatenate([np.square(matrix[block] - means[members[block]]).sum(axis=1) for block in _blocks(matrix)])
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    values = matrix.data.astype(np.float64)
    shared = means[members[rows], matrix.indices]
    # |x - m|^2 - |m|^2, from the cells that are filled
    return np.bincount(rows, values * (values - 2 * shared), minlength=matrix.shape[0]).astype(np.float64)


def _blocks(matrix: Matrix) -> list[slice]:
    step = max(1, BLOCK_VALUES // max(matrix.shape[1], 1))
    return [slice(start, start + step) for start in range(0, matrix.shape[0], step)]


def _without_rounding(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make equal what differs in the last bits only: the two records of a pair are equally near to their mean."""
    largest = float(np.abs(distances).max(initial=0.0)) or 1.0
    return np.asarray(np.round(distances / largest, 12), np.float64)
