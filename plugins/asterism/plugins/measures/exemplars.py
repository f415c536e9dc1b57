"""What a group looks like: the records nearest to its mean, whatever they are records of.

A describer is a function behind an entry point of ``asterism.describer``; it names what it needs as parameters, like a metric, and
says something about each group.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.blocks import in_blocks, rows_at_once
from asterism.framework.values import is_sparse

BLOCK_BYTES = 4 * 2**20
"""Rows are compared with their means in blocks of about this size, so that a memory-mapped matrix never stands in memory whole."""


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

    shares = 1 / np.bincount(members, minlength=n_groups)
    total: Any = 0  # dense or sparse, as the blocks are
    for first, block in in_blocks(matrix, rows_at_once(matrix, BLOCK_BYTES)):
        groups = members[first : first + block.shape[0]]
        # One row per group, one column per row of the block: its share in the mean.
        total = csr_matrix((shares[groups], (groups, np.arange(len(groups)))), shape=(n_groups, len(groups))) @ block + total
    return np.asarray(total.toarray() if is_sparse(total) else total, np.float64)


def _distances(matrix: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each row's squared distance to the mean of its own group, less what all rows of the group share."""
    found = np.zeros(matrix.shape[0])
    for first, block in in_blocks(matrix, rows_at_once(matrix, BLOCK_BYTES)):
        rows = slice(first, first + block.shape[0])
        found[rows] = _sparse_distances(block, members[rows], means) if is_sparse(block) else _dense_distances(block, means[members[rows]])
    return found


def _dense_distances(block: Matrix, means: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.square(block - means).sum(axis=1))


def _sparse_distances(block: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    values = block.data.astype(np.float64)
    shared = means[members[rows], block.indices]
    # |x - m|^2 - |m|^2, from the cells that are filled
    return np.bincount(rows, values * (values - 2 * shared), minlength=block.shape[0]).astype(np.float64)


def _without_rounding(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make equal what differs in the last bits only: the two records of a pair are equally near to their mean."""
    largest = float(np.abs(distances).max(initial=0.0)) or 1.0
    return np.asarray(np.round(distances / largest, 12), np.float64)
