"""Which of some centres each row is nearest to, so that a row has one answer whatever rows stand beside it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.values import is_sparse

from .rows import blocks

DOUBT = 1e-12
"""Distances this near to each other, relative to the squared lengths, are computed again one by one: BLAS adds in another order
for one row than for many, and the last bits of a float64 product (about 1e-16) would decide a tie."""


def nearest(X: Matrix, centers: NDArray[Any]) -> tuple[Labels, NDArray[np.float64]]:
    """Return the number of each row's nearest centre, the first one of several, and the squared distance to it."""
    centers = centers.astype(np.float64)
    found = [_nearest_in_block(block, centers) for block in blocks(X)]
    return np.concatenate([labels for labels, _ in found]), np.concatenate([distances for _, distances in found])


def _nearest_in_block(block: Matrix, centers: NDArray[np.float64]) -> tuple[Labels, NDArray[np.float64]]:
    lengths = np.asarray(block.multiply(block).sum(axis=1)).ravel() if is_sparse(block) else np.einsum("ij,ij->i", block, block)
    center_lengths = np.einsum("ij,ij->i", centers, centers)
    distances = center_lengths - 2 * (block @ centers.T) + lengths[:, np.newaxis]
    labels = distances.argmin(axis=1)
    for row in _doubtful(distances, DOUBT * (lengths + center_lengths.max())):
        only = block[[row]].toarray()[0] if is_sparse(block) else block[row]
        labels[row] = ((centers - only) ** 2).sum(axis=1).argmin()
    return labels, np.maximum(distances[np.arange(len(labels)), labels], 0.0)


def _doubtful(distances: NDArray[np.float64], tolerance: NDArray[np.float64]) -> NDArray[np.int64]:
    if distances.shape[1] == 1:
        return np.empty(0, np.int64)
    two = np.partition(distances, 1, axis=1)
    return np.flatnonzero(two[:, 1] - two[:, 0] <= tolerance)
