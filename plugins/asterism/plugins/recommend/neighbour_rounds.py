"""The compiled part of looking for neighbours: the rows of a product of two sparse matrices, of each the largest entries.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

COSINE, JACCARD, DOT = 0, 1, 2
"""What becomes of a product of two rows."""


@compiled(nogil=True)
def keep(score: np.float32, column: int, found: int, best: NDArray[np.int32], values: NDArray[np.float32]) -> int:
    """Put an entry among the best so far, the largest first, equals in the order of their columns; return how many there are."""
    k = best.shape[0]
    if found == k and (score < values[k - 1] or (score == values[k - 1] and column > best[k - 1])):
        return found
    place = found if found < k else k - 1
    while place > 0 and (values[place - 1] < score or (values[place - 1] == score and best[place - 1] > column)):
        best[place], values[place] = best[place - 1], values[place - 1]
        place -= 1
    best[place], values[place] = column, score
    return found + 1 if found < k else k


@compiled(nogil=True)
def nearness(product: np.float32, one: np.float32, other: np.float32, kind: int, shrinkage: np.float32) -> np.float32:
    """Turn a product of two rows into how near they are, given their norms."""
    if kind == COSINE:
        return np.float32(product / (one * other + shrinkage))
    if kind == JACCARD:
        return np.float32(product / (one + other - product + shrinkage))
    return product


@compiled(nogil=True)
def largest_products(
    left: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]],
    right: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]],
    norms: tuple[NDArray[np.float32], NDArray[np.float32]],
    kind: int,
    shrinkage: np.float32,
    itself: bool,
    first: int,
    best: NDArray[np.int32],
    values: NDArray[np.float32],
) -> None:
    """Find the largest positive entries of some rows of left @ right, beginning with row `first`, after division by the rows' norms.

    Matrices are the three arrays of CSR. `best` and `values`, of shape (n_rows, k), come filled with -1 and 0; unless `itself`, an entry
    on the diagonal does not count.
    """
    n_columns = norms[1].shape[0]
    sums, touched = np.zeros(n_columns, np.float32), np.empty(n_columns, np.int32)
    known = np.zeros(n_columns, np.bool_)
    for place in range(best.shape[0]):
        row, n_touched, found = first + place, 0, 0
        for cell in range(left[0][row], left[0][row + 1]):
            middle = left[1][cell]
            for other in range(right[0][middle], right[0][middle + 1]):
                column = right[1][other]
                if not known[column]:
                    known[column] = True
                    touched[n_touched] = column
                    n_touched += 1
                sums[column] += left[2][cell] * right[2][other]
        for column in touched[:n_touched]:
            norm = norms[0][row] if kind != DOT else np.float32(0)
            score = nearness(sums[column], norm, norms[1][column], kind, shrinkage)
            if score > 0 and (itself or column != row):
                found = keep(score, column, found, best[place], values[place])
            sums[column], known[column] = 0, False


@compiled(nogil=True)
def mix_rows(
    near: NDArray[np.int32],
    weights: NDArray[np.float32],
    starts: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Add to each row of scores the weighted rows of a CSR matrix that are `near`; -1 is none."""
    for row in range(scores.shape[0]):
        for place in range(near.shape[1]):
            if near[row, place] < 0:
                break
            for cell in range(starts[near[row, place]], starts[near[row, place] + 1]):
                scores[row, columns[cell]] += weights[row, place] * values[cell]
