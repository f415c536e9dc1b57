"""How alike groups are: the cosine of their means, and the order that puts like beside like."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def cosines(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each two rows, 1 on the diagonal; that of a row of zeros with any other is 0."""
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    found = np.clip(directions @ directions.T, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return np.asarray((found + found.T) / 2, np.float64)


def linked(alike: NDArray[np.float64]) -> dict[str, Any]:
    """Join groups by average linkage (Sokal and Michener 1958) of 1 - cosine.

    Returns what scipy's `dendrogram` tells: the ``leaves`` in order, like ones side by side, and the corners of the joins, ``icoord``
    (leaves stand at 5, 15, 25, ...) and ``dcoord`` (distances).
    """
    from scipy.cluster.hierarchy import dendrogram, linkage
    from scipy.spatial.distance import squareform

    distances = np.clip(1 - alike, 0.0, 2.0)
    joins = linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    return dict(dendrogram(joins, no_plot=True))
