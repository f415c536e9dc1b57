"""The compiled part of looking for neighbours: the rows of a product of two sparse matrices, of each the largest entries.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

COSINE, JACCARD, DOT = 0, 1, 2
"""What becomes of a product of two rows."""


@compiled(nogil=True)
def part(scores: NDArray[np.float32], columns: NDArray[np.int32], low: int, high: int) -> tuple[int, int]:
    """Bring what is larger than an entry in the middle before it, and what is smaller after; return where the two parts end and begin."""
    middle = (low + high) // 2
    pivot, its = scores[middle], columns[middle]
    while low <= high:
        while scores[low] > pivot or (scores[low] == pivot and columns[low] < its):
            low += 1
        while scores[high] < pivot or (scores[high] == pivot and columns[high] > its):
            high -= 1
        if low <= high:
            scores[low], scores[high] = scores[high], scores[low]
            columns[low], columns[high] = columns[high], columns[low]
            low, high = low + 1, high - 1
    return high, low


@compiled(nogil=True)
def select(scores: NDArray[np.float32], columns: NDArray[np.int32], n: int, k: int) -> int:
    """Bring the k largest of the first n scores to the front, with their columns, in any order; return how many there are.

    Of equal scores those of the first columns (Hoare, "Algorithm 65: find", CACM 4, 1961).
    """
    low, high = 0, n - 1
    while n > k and low < high:
        end, begin = part(scores, columns, low, high)
        if end < k - 1 < begin:
            break
        low, high = (low, end) if k - 1 <= end else (begin, high)
    return min(n, k)


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
    """Find the largest positive entries of some rows of left @ right, from row `first` on, after division by the norms, in any order.

    Matrices are the three arrays of CSR. `best` and `values`, of shape (n_rows, k), come filled with -1 and 0; unless `itself`, an entry
    on the diagonal does not count.
    """
    n_columns = norms[1].shape[0]
    sums, touched = np.zeros(n_columns, np.float32), np.empty(n_columns, np.int32)
    known = np.zeros(n_columns, np.bool_)
    scores, columns = np.empty(n_columns, np.float32), np.empty(n_columns, np.int32)
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
                scores[found], columns[found] = score, column
                found += 1
            sums[column], known[column] = 0, False
        n = select(scores, columns, found, best.shape[1])
        best[place, :n], values[place, :n] = columns[:n], scores[:n]


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
