"""The records nearest to a vector, by cosine: the column of one matrix is read in parts, and only the best so far are kept."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tables import Matrix, Table

BATCH = 2048
"""Rows that are compared at once: so few stay in the cache of a core, and BLAS starts no threads for them."""


def vector_of(table: Table, matrix: Matrix, row: int) -> NDArray[np.float32]:
    """Return the vector of one record, shape (width,)."""
    found = table.take([row], matrix.columns)
    block = _block([found[name].combine_chunks() for name in matrix.columns], matrix)
    return np.asarray(block.toarray() if matrix.is_sparse else block, np.float32).reshape(-1)


def nearest(table: Table, matrix: Matrix, vector: NDArray[np.float32], n: int) -> tuple[list[int], list[float]]:
    """Return the rows of the `n` vectors that point most nearly where `vector` does, and the cosines, largest first.

    Vectors of zeros point nowhere: their cosine is 0.
    """
    wanted = np.asarray(vector, np.float32) / (np.linalg.norm(vector) or 1)
    rows, cosines = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for start, block in _blocks(table, matrix):
        rows = np.concatenate([rows, np.arange(start, start + block.shape[0])])
        cosines = np.concatenate([cosines, _cosines(block, wanted)])
        best = np.argsort(-cosines, kind="stable")[:n]
        rows, cosines = rows[best], cosines[best]
    return rows.tolist(), [round(float(cosine), 6) for cosine in cosines]


def _blocks(table: Table, matrix: Matrix) -> Iterator[tuple[int, Any]]:
    start = 0
    with table.opened() as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(matrix.columns)):
            yield start, _block([batch[name] for name in matrix.columns], matrix)
            start += len(batch)


def _block(columns: list[Any], matrix: Matrix) -> Any:
    """Return rows of a matrix: dense, of the two columns of a map or one column of lists, or sparse."""
    if len(columns) > 1:
        return np.column_stack([column.to_numpy() for column in columns])
    if not matrix.is_sparse:
        return columns[0].flatten().to_numpy().reshape(len(columns[0]), -1).astype(np.float32, copy=False)
    from scipy.sparse import csr_matrix

    pairs, ends = columns[0].flatten(), np.cumsum([0, *columns[0].value_lengths().to_numpy()])
    return csr_matrix((pairs.field("value").to_numpy(), pairs.field("index").to_numpy(), ends), shape=(len(columns[0]), matrix.width))


def _cosines(block: Any, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = block.multiply(block).sum(axis=1) if hasattr(block, "multiply") else np.einsum("ij,ij->i", block, block)
    lengths: NDArray[np.float32] = np.sqrt(np.asarray(squares, np.float32).ravel())
    lengths[lengths == 0] = 1
    cosines: NDArray[np.float32] = np.nan_to_num(np.asarray(block @ wanted, np.float32) / lengths)
    return cosines
