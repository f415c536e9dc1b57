"""The means of groups, and how near each row lies to its own, for any matrix: dense, CSR or memory-mapped, in blocks of rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.blocks import in_blocks, rows_at_once
from asterism.framework.values import is_sparse

BLOCK_BYTES = 4 * 2**20
"""Rows are compared with their means in blocks of about this size, so that a memory-mapped matrix never stands in memory whole."""


def group_means(matrix: Matrix, members: NDArray[np.int64], n_groups: int) -> NDArray[np.float64]:
    """Compute the mean of each group, shape (n_groups, n_features); `members` is the group of each row, every group has one."""
    from scipy.sparse import csr_matrix

    shares = 1 / np.bincount(members, minlength=n_groups)
    total: Any = 0  # dense or sparse, as the blocks are
    for first, block in in_blocks(matrix, rows_at_once(matrix, BLOCK_BYTES)):
        groups = members[first : first + block.shape[0]]
        # One row per group, one column per row of the block: its share in the mean.
        total = csr_matrix((shares[groups], (groups, np.arange(len(groups)))), shape=(n_groups, len(groups))) @ block + total
    return np.asarray(total.toarray() if is_sparse(total) else total, np.float64)


def distances_to_means(matrix: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the squared distance of each row to the mean of its own group."""
    found = np.zeros(matrix.shape[0])
    for first, block in in_blocks(matrix, rows_at_once(matrix, BLOCK_BYTES)):
        rows = slice(first, first + block.shape[0])
        found[rows] = _sparse_distances(block, members[rows], means) if is_sparse(block) else _dense_distances(block, means[members[rows]])
    return found


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


def _dense_distances(block: Matrix, means: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.square(block - means).sum(axis=1))


def _sparse_distances(block: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    values = block.data.astype(np.float64)
    shared = means[members[rows], block.indices]
    # |x - m|^2 - |m|^2 from the cells that are filled, and |m|^2
    filled = np.bincount(rows, values * (values - 2 * shared), minlength=block.shape[0])
    return np.asarray(np.maximum(filled + np.square(means).sum(axis=1)[members], 0.0))
