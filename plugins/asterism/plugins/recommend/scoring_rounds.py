"""The compiled part of recommending: scores of all items for some histories, and the best few of them.

Importing this module loads numba, so whoever needs it imports it where it works. Every loop gives a history the same numbers whatever
histories stand beside it, and lets other threads work meanwhile. Matrices are the three arrays of a CSR matrix, in SciPy's order.
"""

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

STEP = 4
"""Factors, and histories, that one pass of `multiply` takes at a time; both come in multiples of it."""
CHUNK = 512
"""Items that `multiply` takes at a time, so that their scores stay in the processor's nearest memory."""


@compiled(nogil=True)
def add_sparse_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float32],
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Add to each row of scores the weighted rows of a CSR matrix that its history names."""
    for row in range(scores.shape[0]):
        for event in range(indptr[row], indptr[row + 1]):
            weight = weights[event]
            for cell in range(starts[indices[event]], starts[indices[event] + 1]):
                scores[row, columns[cell]] += weight * values[cell]


@compiled(nogil=True)
def add_dense_rows(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float32],
    table: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> None:
    """Add to each row of scores the weighted rows of a table that its history names."""
    width = scores.shape[1]
    for row in range(scores.shape[0]):
        line = scores[row]
        for event in range(indptr[row], indptr[row + 1]):
            weight, other = weights[event], table[indices[event]]
            for column in range(width):
                line[column] += weight * other[column]


@compiled(nogil=True, fastmath={"contract"})
def multiply(queries: NDArray[np.float32], factors: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    """Add the products of queries, shape (n, f), with the columns of factors, shape (f, n_items), to the scores.

    n and f are multiples of `STEP`. Unlike a product of BLAS, a row has the same bits in every company.
    """
    n, width = queries.shape[0], factors.shape[1]
    for begin in range(0, width, CHUNK):
        end = min(begin + CHUNK, width)
        for row in range(0, n, STEP):
            s0, s1 = scores[row, begin:end], scores[row + 1, begin:end]
            s2, s3 = scores[row + 2, begin:end], scores[row + 3, begin:end]
            for axis in range(0, queries.shape[1], STEP):
                v0, v1 = factors[axis, begin:end], factors[axis + 1, begin:end]
                v2, v3 = factors[axis + 2, begin:end], factors[axis + 3, begin:end]
                a0, a1, a2, a3 = queries[row, axis], queries[row, axis + 1], queries[row, axis + 2], queries[row, axis + 3]
                b0, b1, b2, b3 = queries[row + 1, axis], queries[row + 1, axis + 1], queries[row + 1, axis + 2], queries[row + 1, axis + 3]
                c0, c1, c2, c3 = queries[row + 2, axis], queries[row + 2, axis + 1], queries[row + 2, axis + 2], queries[row + 2, axis + 3]
                d0, d1, d2, d3 = queries[row + 3, axis], queries[row + 3, axis + 1], queries[row + 3, axis + 2], queries[row + 3, axis + 3]
                for item in range(end - begin):
                    w0, w1, w2, w3 = v0[item], v1[item], v2[item], v3[item]
                    s0[item] += a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                    s1[item] += b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                    s2[item] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                    s3[item] += d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3


def multiply_columns(queries: NDArray[np.float32], factors: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    """Add the products of queries, shape (n, f), with the columns of factors, shape (f, n_items), to the scores; n and f are any.

    All three lie row by row in memory.
    """
    if axes := -queries.shape[1] % STEP:
        queries, factors = np.pad(queries, ((0, 0), (0, axes))), np.pad(factors, ((0, axes), (0, 0)))
    whole = len(queries) - len(queries) % STEP
    multiply(queries[:whole], factors, scores[:whole])
    if rest := len(queries) - whole:
        wider = np.zeros((STEP, scores.shape[1]), np.float32)
        wider[:rest] = scores[whole:]
        multiply(np.pad(queries[whole:], ((0, STEP - rest), (0, 0))), factors, wider)
        scores[whole:] = wider[:rest]


@compiled(nogil=True)
def rank(scores: NDArray[np.float32], least: np.float32, rows: NDArray[np.int64], values: NDArray[np.float32]) -> None:
    """Write the columns and values of the largest scores of each row that are above `least`, best first; the earlier column wins ties.

    `rows` and `values`, both of shape (n, k), come filled with -1 and 0.
    """
    k = rows.shape[1]
    if k == 0:
        return
    for row in range(scores.shape[0]):
        line, best, its = scores[row], rows[row], values[row]
        found, bound = 0, least
        for column in range(line.shape[0]):
            score = line[column]
            if not score > bound:
                continue
            place = found if found < k else k - 1
            while place > 0 and its[place - 1] < score:
                best[place], its[place] = best[place - 1], its[place - 1]
                place -= 1
            best[place], its[place] = column, score
            if found < k:
                found += 1
            if found == k:
                bound = its[k - 1]


@compiled(nogil=True)
def hide(indptr: NDArray[np.int64], indices: NDArray[np.int32], scores: NDArray[np.float32]) -> None:
    """Set the scores of what each history holds to minus infinity."""
    for row in range(scores.shape[0]):
        for event in range(indptr[row], indptr[row + 1]):
            scores[row, indices[event]] = -np.inf


@compiled(nogil=True)
def shared_users(one: NDArray[np.int32], other: NDArray[np.int32]) -> int:
    """Count what two ordered lists have in common."""
    count, place = 0, 0
    for user in one:
        while place < other.shape[0] and other[place] < user:
            place += 1
        if place < other.shape[0] and other[place] == user:
            count += 1
    return count


@compiled(nogil=True)
def most_valuable(own: NDArray[np.float32], alike: NDArray[np.float32], taken: NDArray[np.bool_], diversity: np.float32) -> int:
    """Return which of the candidates that are not taken is worth most, the earlier one of equals."""
    best, most = -1, np.float32(0)
    for other in range(own.shape[0]):
        value = np.float32((np.float32(1) - diversity) * own[other] - diversity * alike[other])
        if not taken[other] and (best < 0 or value > most):
            best, most = other, value
    return best


@compiled(nogil=True)
def diversify(
    candidates: NDArray[np.int64],
    relevance: NDArray[np.float32],
    starts: NDArray[np.int32],
    users: NDArray[np.int32],
    diversity: np.float32,
    rows: NDArray[np.int64],
    values: NDArray[np.float32],
) -> None:
    """Choose from the candidates of each row, one after the other, what scores high and is unlike what was chosen before.

    A score counts by its place between the lowest and the highest of the candidates; two items are as alike as the cosine of their
    users, of which the CSR arrays `starts` and `users` hold a row per item. The values of the chosen never rise along a row.
    """
    for row in range(candidates.shape[0]):
        items = candidates[row][candidates[row] >= 0]
        own = relevance[row, : items.shape[0]].copy()
        span = own[0] - own[-1] if items.shape[0] > 0 else np.float32(0)
        own = (own - own[-1]) / span if span > 0 else np.ones_like(own)
        alike, taken = np.zeros(items.shape[0], np.float32), np.zeros(items.shape[0], np.bool_)
        for place in range(min(items.shape[0], rows.shape[1])):
            best = most_valuable(own, alike, taken, diversity)
            taken[best], rows[row, place] = True, items[best]
            values[row, place] = (np.float32(1) - diversity) * own[best] - diversity * alike[best]
            its_users = users[starts[items[best]] : starts[items[best] + 1]]
            for other in np.flatnonzero(~taken):
                beside = users[starts[items[other]] : starts[items[other] + 1]]
                both = np.sqrt(np.float64(its_users.shape[0]) * beside.shape[0])
                near = np.float32(shared_users(its_users, beside) / both) if both > 0 else np.float32(0)
                alike[other] = max(alike[other], near)
