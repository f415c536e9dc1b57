"""The compiled part of SLIM: for each item, coordinate descent over a few others.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled


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

    The three arrays are those of the CSR matrix of items by items, X'X; the loss is that of `fit_items`'s elastic net:
    half the squared error, plus l1 times the sum of the weights' sizes, plus l2 / 2 times that of their squares.
    """
    n_items = starts.shape[0] - 1
    place = np.full(n_items, -1, np.int32)
    k = candidates.shape[1]
    for row in range(candidates.shape[0]):
        item, found = first + row, 0
        while found < k and candidates[row, found] >= 0:
            place[candidates[row, found]] = found
            found += 1
        gram, rest = np.zeros((found, found)), np.zeros(found)
        for one in range(found):
            for cell in range(starts[candidates[row, one]], starts[candidates[row, one] + 1]):
                if place[columns[cell]] >= 0:
                    gram[one, place[columns[cell]]] = values[cell]
                if columns[cell] == item:
                    rest[one] = values[cell]
        solution = np.zeros(found)
        for _ in range(max_iter):
            largest, change = 0.0, 0.0
            for one in range(found):
                old = solution[one]
                wanted = rest[one] + gram[one, one] * old
                new = max(wanted - l1, 0.0) if wanted > 0 or positive else min(wanted + l1, 0.0)
                new /= gram[one, one] + l2
                if new != old:
                    solution[one] = new
                    for other in range(found):
                        rest[other] -= (new - old) * gram[one, other]
                largest, change = max(largest, abs(new)), max(change, abs(new - old))
            if change <= tol * largest:
                break
        for one in range(found):
            weights[row, one] = solution[one]
            place[candidates[row, one]] = -1
