"""The arithmetic of item neighbours: BM25 weights, cosine similarity in bounded memory, and the best few entries of each row.

Every function takes and gives CSR matrices of SciPy; items are ordered, and of equal values the one of the earlier item is better.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS = 2**22
"""Cells that a block of a product may have at most: some 50 MB where all of them are filled."""


def weigh_bm25(items: Any, k1: float, b: float) -> Any:
    """Weigh a matrix of items x users as if an item were a text and its users the words.

    A strong event counts more than a weak one, but ever less so (`k1` says how soon that levels off); a user counts less the more
    items they touched, and each event counts less the more events its item has (`b`, from 0 not at all to 1 in proportion).
    """
    n_items, n_users = items.shape
    touched = np.bincount(items.indices, minlength=n_users)
    rarity = np.log1p((n_items - touched + 0.5) / (touched + 0.5))
    totals = np.asarray(items.sum(axis=1)).ravel()
    length = np.repeat(1 - b + b * totals / totals.mean(), np.diff(items.indptr))
    weighed = items.copy()
    weighed.data = items.data * (k1 + 1) / (items.data + k1 * length) * rarity[items.indices]
    return weighed


def nearest(items: Any, n_neighbors: int, shrinkage: float) -> Any:
    """Find the `n_neighbors` most similar items of each: cosines of the rows of items x users, in a float32 CSR of items x items."""
    from scipy.sparse import vstack

    n_items, users = items.shape[0], items.T.tocsr()
    lengths = np.sqrt(np.asarray(items.multiply(items).sum(axis=1)).ravel())
    parts = []
    for block in blocks(n_items, n_items):
        products = (items[block] @ users).tocsr()
        rows = np.repeat(np.arange(n_items)[block], np.diff(products.indptr))
        similarities = products.data / (lengths[rows] * lengths[products.indices] + shrinkage)
        similarities[rows == products.indices] = 0  # nobody is their own neighbour
        products.data = similarities.astype(np.float32)
        parts.append(_keep_best(products, n_neighbors))
    return vstack(parts, format="csr")


def _keep_best(matrix: Any, n: int) -> Any:
    from scipy.sparse import csr_matrix

    columns, values = best_of_rows(matrix, n)
    found = columns >= 0
    kept = csr_matrix((values[found], (np.nonzero(found)[0], columns[found])), shape=matrix.shape)
    kept.sort_indices()
    return kept


def best_of_rows(matrix: Any, n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """List the columns and values of the `n` largest positive entries of each row, best first; -1 and 0 fill up."""
    counts = np.diff(matrix.indptr)
    bounds = np.zeros(len(counts))
    for row in np.flatnonzero(counts > n):
        bounds[row] = np.partition(matrix.data[matrix.indptr[row] : matrix.indptr[row + 1]], -n)[-n]
    rows = np.repeat(np.arange(len(counts)), counts)
    kept = np.flatnonzero((matrix.data >= bounds[rows]) & (matrix.data > 0))
    kept = kept[np.lexsort((matrix.indices[kept], -matrix.data[kept], rows[kept]))]
    rows = rows[kept]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    rows, rank, kept = (values[rank < n] for values in (rows, rank, kept))
    columns, values = np.full((len(counts), n), -1, np.int64), np.zeros((len(counts), n), np.float32)
    columns[rows, rank], values[rows, rank] = matrix.indices[kept], matrix.data[kept]
    return columns, values


def blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Cut rows into blocks of at most `CELLS` cells."""
    size = max(CELLS // max(n_columns, 1), 1)
    return (slice(first, first + size) for first in range(0, n_rows, size))
