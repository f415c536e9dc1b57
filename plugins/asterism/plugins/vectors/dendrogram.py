"""A dendrogram in SciPy's form, cut."""

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels


def cut(linkage: NDArray[np.float64], n_clusters: int) -> Labels:
    """Leave out the last joins, so that `n_clusters` groups are left, or each row where there are no more, and return them."""
    n_rows = len(linkage) + 1
    joins = linkage[: max(0, n_rows - n_clusters), :2].astype(np.int64).tolist()
    group = list(range(n_rows + len(joins)))
    for number in range(len(joins) - 1, -1, -1):  # from the top down, the two sides of a join take its group
        one, other = joins[number]
        group[one] = group[other] = group[n_rows + number]
    return np.unique(group[:n_rows], return_inverse=True)[1].astype(np.int64)
