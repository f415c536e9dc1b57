"""How alike groups are: the cosine of their means, and the tree that joins like to like."""

import numpy as np
from numpy.typing import NDArray


def cosines(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cosine of each two rows, 1 on the diagonal; that of a row of zeros with any other is 0."""
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    directions = np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)
    found = np.clip(directions @ directions.T, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return np.asarray((found + found.T) / 2, np.float64)


def joined(alike: NDArray[np.float64]) -> NDArray[np.float64]:
    """Join groups to ever larger ones by average linkage of 1 - cosine: SciPy's linkage, shape (n - 1, 4), like leaves side by side.

    Sokal and Michener, "A statistical method for evaluating systematic relationships", University of Kansas Science Bulletin 38 (1958).
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    distances = np.clip(1 - alike, 0.0, 2.0)
    return np.asarray(linkage(squareform(distances, checks=False), "average", optimal_ordering=True))
