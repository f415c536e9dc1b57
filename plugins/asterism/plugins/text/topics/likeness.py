"""How alike records and topics are: cosines with means or with term weights, in blocks of rows."""

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.blocks import in_blocks
from asterism.framework.values import is_sparse

from .weights import rows_of_groups, scaled_columns, sum_rows, unit_rows


def group_means(labels: Labels, groups: Labels, matrix: Matrix) -> Matrix:
    """Return the mean of the rows of each group, float32, shape (n_groups, n_features); CSR where the matrix is."""
    from scipy.sparse import diags

    sums = sum_rows(labels, groups, matrix)
    sizes = np.asarray(rows_of_groups(labels, groups).sum(axis=1)).ravel()
    means = diags(1 / np.maximum(sizes, 1)) @ sums
    return means.tocsr().astype(np.float32) if is_sparse(matrix) else np.asarray(means, np.float32)


def cosines(matrix: Matrix, topics: Matrix, factors: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the cosine of each row with each topic, shape (n, n_topics); 0 where one of both is all zeros.

    `factors` multiply the columns of a CSR `matrix` first.
    """
    ends = unit_rows(topics).T
    found = np.zeros((matrix.shape[0], topics.shape[0]))
    for first, block in in_blocks(matrix):
        rows = unit_rows(block if factors is None else scaled_columns(block, factors))
        products = rows @ ends
        found[first : first + block.shape[0]] = products.toarray() if is_sparse(products) else products
    return found
