"""The graph behind a UMAP: which rows belong together, and how strongly.

Every row sees its nearest rows at distances of its own scale; an edge joins two rows as strongly as either of them sees the other.
The arithmetic is that of umap-learn down to the rounding, because its rounds amplify the last bit of a number into another map.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix
from asterism.framework.values import is_sparse

from .bandwidths import search_widths
from .rows import blocks

SMALLEST_SHARE = 1e-3
"""A width is at least this share of the mean distance, so that strengths fall slowly enough where rows lie close together."""


def fuzzy_graph(rows: NDArray[np.int64], distances: NDArray[np.float32], local_connectivity: float, mix_ratio: float) -> Any:
    """Build the symmetric CSR matrix of strengths, shape (n, n), from the k nearest rows of each, itself among them, nearest first.

    `mix_ratio` 1 takes the union of what both ends say of an edge, 0 what both agree on.
    """
    from scipy.sparse import coo_matrix

    from .umap_rounds import strengths

    widths, nearest = scales(distances, local_connectivity)
    seen = strengths(rows, distances, widths.astype(np.float32), nearest)
    heads = np.repeat(np.arange(len(rows), dtype=np.int32), rows.shape[1])
    one_way = coo_matrix((seen.ravel(), (heads, rows.ravel().astype(np.int32))), shape=(len(rows), len(rows)))
    one_way.eliminate_zeros()
    other_way = one_way.transpose()
    both = one_way.multiply(other_way)
    graph = mix_ratio * (one_way + other_way - both) + (1.0 - mix_ratio) * both
    graph.eliminate_zeros()
    return graph


def scales(distances: NDArray[np.float32], local_connectivity: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return each row's width, and the distance up to which neighbours are as near as can be, from those to its k nearest rows.

    With them, the strengths ``exp(-(distance - nearest) / width)`` of all neighbours but the first add up to log2(k).
    """
    nearest = _nearest(distances, local_connectivity)
    beyond = np.maximum(distances[:, 1:] - nearest[:, np.newaxis], 0).astype(np.float64)
    wanted = float(np.log2(distances.shape[1]))
    widths = search_widths(lambda width: np.exp(-beyond / width[:, np.newaxis]).sum(axis=1), wanted, np.ones(len(distances)))
    means = np.where(nearest > 0, distances.mean(axis=1, dtype=np.float64), distances.mean(dtype=np.float64))
    return np.maximum(widths, SMALLEST_SHARE * means), nearest


def edges(graph: Any, n_epochs: int) -> Any:
    """Return the graph as a COO matrix without the edges that are too weak to be taken up once in `n_epochs` rounds."""
    found = graph.tocoo()
    found.sum_duplicates()
    found.data[found.data < found.data.max() / n_epochs] = 0.0
    found.eliminate_zeros()
    return found


def measure(X: Matrix, rows: NDArray[np.int64], distances: NDArray[np.float64], metric: str) -> NDArray[np.float32]:
    """Round the `distances` of X to its nearest `rows` as umap-learn does: it takes differences and products of values in float32."""
    if is_sparse(X):
        return distances.astype(np.float32)
    found, start = np.empty(rows.shape, np.float32), 0
    for block in blocks(X, np.float32):
        part = slice(start, start := start + len(block))
        for place, others in enumerate(rows[part].T):
            found[part, place] = _MEASURES[metric](block, X[others].astype(np.float32, copy=False))
    return found


def _nearest(distances: NDArray[np.float32], local_connectivity: float) -> NDArray[np.float32]:
    """Return the distance to the `local_connectivity`-th neighbour apart from copies, between two of them where it is no whole number."""
    copies = (distances <= 0).sum(axis=1)
    others = distances.shape[1] - copies
    whole, rest = int(local_connectivity), local_connectivity % 1

    def to_neighbour(number: int) -> NDArray[np.float32]:
        place = np.minimum(copies + number, distances.shape[1]) - 1
        found: NDArray[np.float32] = np.take_along_axis(distances, place[:, np.newaxis], axis=1)[:, 0]
        return np.where((number > 0) & (others > 0), found, np.float32(0))

    near = to_neighbour(whole)
    further = (to_neighbour(whole + 1) - near).astype(np.float64)
    return (near + rest * further).astype(np.float32)


def _euclidean(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(((one - other) ** 2).sum(axis=1, dtype=np.float64)))


def _manhattan(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.abs(one - other).sum(axis=1, dtype=np.float64))


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    lengths = np.sqrt((one**2).sum(axis=1, dtype=np.float64) * (other**2).sum(axis=1, dtype=np.float64))
    products = (one * other).sum(axis=1, dtype=np.float64)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)  # squares of tiny values are nothing
    return np.asarray(1 - cosines)


_MEASURES = {"euclidean": _euclidean, "manhattan": _manhattan, "cosine": _cosine}
