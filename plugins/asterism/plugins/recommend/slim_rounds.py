"""The compiled part of SLIM: for each item, coordinate descent over a few others.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled


@compiled(nogil=True)
def descend(
    gram: NDArray[np.float64], rest: NDArray[np.float64], l1: float, l2: float, positive: bool, max_iter: int, tol: float
) -> NDArray[np.float64]:
    """Minimise half of ``w' gram w - 2 w' rest + l2 w' w``, plus l1 times the sum of the sizes of w, one weight after the other.

    Of `rest` is left what the weights do not explain.
    """
    weights = np.zeros(rest.shape[0])
    for _ in range(max_iter):
        largest, change = 0.0, 0.0
        for one in range(weights.shape[0]):
            old = weights[one]
            wanted = rest[one] + gram[one, one] * old
            new = (max(wanted - l1, 0.0) if wanted > 0 or positive else min(wanted + l1, 0.0)) / (gram[one, one] + l2)
            if new != old:
                weights[one] = new
                rest -= (new - old) * gram[one]
            largest, change = max(largest, abs(new)), max(change, abs(new - old))
        if change <= tol * largest:
            break
    return weights


@compiled(nogil=True)
def fit_items(
    starts: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    candidates: NDArray[np.int32],
    first: int,
    l1: float,
    l2: float,
    positive: bool,
    max_iter: int,
    tol: float,
    weights: NDArray[np.float32],
) -> None:
    """Find the weights, shape (n, k), with which the candidates of some items, beginning with item `first`, predict it; -1 is none.

    The three arrays are those of the CSR matrix of items by items, X'X.
    """
    place = np.full(starts.shape[0] - 1, -1, np.int32)
    for row in range(candidates.shape[0]):
        item, named = first + row, candidates[row][candidates[row] >= 0]
        place[named] = np.arange(named.shape[0])
        gram, rest = np.zeros((named.shape[0], named.shape[0])), np.zeros(named.shape[0])
        for one in range(named.shape[0]):
            for cell in range(starts[named[one]], starts[named[one] + 1]):
                if place[columns[cell]] >= 0:
                    gram[one, place[columns[cell]]] = values[cell]
                if columns[cell] == item:
                    rest[one] = values[cell]
        weights[row, : named.shape[0]] = descend(gram, rest, l1, l2, positive, max_iter, tol)
        place[named] = -1
