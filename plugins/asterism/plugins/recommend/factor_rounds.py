"""The compiled part of the factor models: least squares for each row, and descents by stochastic gradients.

Importing this module loads numba, so whoever needs it imports it where it works.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled
from asterism.plugins.sampling_rounds import next_random


@compiled(nogil=True, fastmath=True)
def factorise(matrix: NDArray[np.float64], n: int) -> None:
    """Replace the lower triangle of the first n rows of a positive definite matrix by its Cholesky factor."""
    for row in range(n):
        for column in range(row + 1):
            rest = matrix[row, column]
            for axis in range(column):
                rest -= matrix[row, axis] * matrix[column, axis]
            matrix[row, column] = np.sqrt(max(rest, 1e-300)) if row == column else rest / matrix[column, column]


@compiled(nogil=True, fastmath=True)
def substitute(factor: NDArray[np.float64], n: int, right: NDArray[np.float64]) -> None:
    """Solve with a Cholesky factor, in place of the right side."""
    for row in range(n):
        for axis in range(row):
            right[row] -= factor[row, axis] * right[axis]
        right[row] /= factor[row, row]
    for row in range(n - 1, -1, -1):
        for axis in range(row + 1, n):
            right[row] -= factor[axis, row] * right[axis]
        right[row] /= factor[row, row]


@compiled(nogil=True, fastmath=True)
def add_squares(rows: NDArray[np.float64], squares: NDArray[np.float64]) -> None:
    """Add rows' rows to a square matrix. In a process with other threads this is faster than BLAS, whose own would wait for each other."""
    width = rows.shape[1]
    for row in range(rows.shape[0]):
        line = rows[row]
        for axis in range(width):
            value, sums = line[axis], squares[axis]
            for other in range(width):
                sums[other] += value * line[other]


@compiled(nogil=True, fastmath=True)
def multiply_rows(rows: NDArray[np.float64], square: NDArray[np.float64], products: NDArray[np.float64]) -> None:
    """Write rows @ square, likewise."""
    width = rows.shape[1]
    for row in range(rows.shape[0]):
        line, product = rows[row], products[row]
        product[:] = 0
        for axis in range(width):
            value, other = line[axis], square[axis]
            for place in range(width):
                product[place] += value * other[place]


@compiled(nogil=True, fastmath=True)
def product_of(one: NDArray[Any], other: NDArray[Any]) -> Any:
    """Return the product of two vectors, in their own precision."""
    total = one.dtype.type(0)
    for axis in range(one.shape[0]):
        total += one[axis] * other[axis]
    return total


@compiled(nogil=True, fastmath=True)
def add_scaled(sums: NDArray[Any], weight: Any, row: NDArray[Any]) -> None:
    """Add a vector, times a weight, to another, in their own precision."""
    for axis in range(row.shape[0]):
        sums[axis] += weight * row[axis]


@compiled(nogil=True, fastmath=True)
def solve_in_items(
    named: NDArray[np.int32],
    extra: NDArray[np.float64],
    others: NDArray[np.float64],
    others_solved: NDArray[np.float64],
    matrix: NDArray[np.float64],
    target: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Solve a row in the space of the few others that it names, by the identity of Woodbury; `right` comes as zeros."""
    n, root = named.shape[0], np.sqrt(extra)
    target[:n] = 0
    for one in range(n):
        for other in range(one + 1):
            product = product_of(others[named[one]], others_solved[named[other]])
            target[one] += product * (1 + extra[other])
            if other < one:
                target[other] += product * (1 + extra[one])
            matrix[one, other] = root[one] * product * root[other]
        matrix[one, one] += 1
    for one in range(n):
        target[one] *= root[one]
    factorise(matrix, n)
    substitute(matrix, n, target)
    for one in range(n):
        add_scaled(right, 1 + extra[one] - root[one] * target[one], others_solved[named[one]])


@compiled(nogil=True, fastmath=True)
def solve_in_factors(
    named: NDArray[np.int32],
    extra: NDArray[np.float64],
    others: NDArray[np.float64],
    base: NDArray[np.float64],
    matrix: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Solve a row that names many others in the space of the factors; `right` comes as zeros."""
    width = others.shape[1]
    matrix[:] = base
    for event in range(named.shape[0]):
        add_scaled(right, 1 + extra[event], others[named[event]])
    whole = named.shape[0] - named.shape[0] % 4  # four rows at a time, which saves most of the writing
    for event in range(0, whole, 4):
        a, b, c, d = others[named[event]], others[named[event + 1]], others[named[event + 2]], others[named[event + 3]]
        for axis in range(width):
            line, e, f = matrix[axis], extra[event] * a[axis], extra[event + 1] * b[axis]
            g, h = extra[event + 2] * c[axis], extra[event + 3] * d[axis]
            for other in range(axis + 1):
                line[other] += e * a[other] + f * b[other] + g * c[other] + h * d[other]
    for event in range(whole, named.shape[0]):
        row = others[named[event]]
        for axis in range(width):
            add_scaled(matrix[axis, : axis + 1], extra[event] * row[axis], row[: axis + 1])
    factorise(matrix, width)
    substitute(matrix, width, right)


@compiled(nogil=True, fastmath=True)
def least_squares(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    extra: NDArray[np.float64],
    others: NDArray[np.float64],
    others_solved: NDArray[np.float64],
    base: NDArray[np.float64],
    rows: NDArray[np.float32],
) -> None:
    """Solve ``(base + sum e y y') x = sum (1 + e) y`` for each row, y the others that it names, e their extra weights.

    `others_solved` is others @ base^-1.
    """
    width, is_flat = others.shape[1], not extra.any()
    matrix, right, target = np.empty((width, width)), np.empty(width), np.empty(width)
    for row in range(rows.shape[0]):
        named, more = indices[indptr[row] : indptr[row + 1]], extra[indptr[row] : indptr[row + 1]]
        right[:] = 0
        if is_flat:
            for other in named:
                add_scaled(right, 1.0, others_solved[other])
        elif named.shape[0] < width:
            solve_in_items(named, more, others, others_solved, matrix, target, right)
        else:
            solve_in_factors(named, more, others, base, matrix, right)
        rows[row] = right


@compiled(nogil=True, fastmath=True)
def add_image(
    point: NDArray[np.float32],
    named: NDArray[np.int32],
    extra: NDArray[np.float32],
    others: NDArray[np.float32],
    base: NDArray[np.float32],
    image: NDArray[np.float32],
) -> None:
    """Write the product of ``base + sum e y y'`` with a point."""
    image[:] = 0
    whole = point.shape[0] - point.shape[0] % 4  # four rows at a time, which saves most of the writing
    for axis in range(0, whole, 4):
        a, b, c, d = base[axis], base[axis + 1], base[axis + 2], base[axis + 3]
        e, f, g, h = point[axis], point[axis + 1], point[axis + 2], point[axis + 3]
        for place in range(image.shape[0]):
            image[place] += e * a[place] + f * b[place] + g * c[place] + h * d[place]
    for axis in range(whole, point.shape[0]):
        add_scaled(image, point[axis], base[axis])
    for event in range(named.shape[0]):
        y = others[named[event]]
        add_scaled(image, extra[event] * product_of(y, point), y)


@compiled(nogil=True, fastmath=True)
def conjugate_gradients(
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    extra: NDArray[np.float32],
    others: NDArray[np.float32],
    base: NDArray[np.float32],
    steps: int,
    rows: NDArray[np.float32],
) -> None:
    """Bring rows nearer to the solution that `least_squares` finds, in a few steps from where they are."""
    width = base.shape[0]
    rest, way, image = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    for row in range(rows.shape[0]):
        named, more = indices[indptr[row] : indptr[row + 1]], extra[indptr[row] : indptr[row + 1]]
        add_image(rows[row], named, more, others, base, image)
        for axis in range(width):
            rest[axis] = -image[axis]
        for event in range(named.shape[0]):
            add_scaled(rest, np.float32(1) + more[event], others[named[event]])
        way[:] = rest
        size = product_of(rest, rest)
        for _ in range(steps):
            if size < 1e-20:
                break
            add_image(way, named, more, others, base, image)
            length = size / product_of(way, image)
            add_scaled(rows[row], length, way)
            add_scaled(rest, -length, image)
            size, before = product_of(rest, rest), size
            for axis in range(width):
                way[axis] = rest[axis] + size / before * way[axis]


@compiled(nogil=True, fastmath=True, error_model="numpy")
def bpr_epoch(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    owners: NDArray[np.int32],
    users: NDArray[np.float32],
    items: NDArray[np.float32],
    learning_rate: np.float32,
    l2: np.float32,
    state: NDArray[np.uint64],
) -> None:
    """Draw as many events as there are, and with each an item that its user did not touch: raise the one above the other."""
    width, n_events, half = users.shape[1], np.uint64(indices.shape[0]), np.uint64(31)
    for _ in range(indices.shape[0]):
        event = np.int64((next_random(state) * n_events) >> half)  # of 31 random bits; a remainder would take as long as the rest
        user, liked = owners[event], indices[event]
        other = indices[np.int64((next_random(state) * n_events) >> half)]
        low, high = indptr[user], indptr[user + 1]
        while low < high:
            middle = (low + high) // 2
            if indices[middle] < other:
                low = middle + 1
            else:
                high = middle
        if low < indptr[user + 1] and indices[low] == other:
            continue
        u, i, j = users[user], items[liked], items[other]
        score = np.float32(0)
        for axis in range(width):
            score += u[axis] * (i[axis] - j[axis])
        step = np.float32(1) / (np.float32(1) + np.exp(score))
        for axis in range(width):
            taste, difference = u[axis], i[axis] - j[axis]
            u[axis] += learning_rate * (step * difference - l2 * taste)
            i[axis] += learning_rate * (step * taste - l2 * i[axis])
            j[axis] += learning_rate * (-step * taste - l2 * j[axis])


@compiled(nogil=True, fastmath=True)
def learn_rating(
    error: np.float32,
    user: NDArray[np.float32],
    item: NDArray[np.float32],
    taste: NDArray[np.float32],
    slope: NDArray[np.float32],
    learning_rate: np.float32,
    l2: np.float32,
) -> None:
    """Move the factors of a user and an item along the gradient of one rating; add what it says of the implied factors to the slope."""
    for axis in range(user.shape[0]):
        p, q = user[axis], item[axis]
        user[axis] += learning_rate * (error * q - l2 * p)
        item[axis] += learning_rate * (error * (p + taste[axis]) - l2 * q)
        slope[axis] += error * q


@compiled(nogil=True, fastmath=True)
def svd_pp_epoch(
    order: NDArray[np.int64],
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    ratings: NDArray[np.float32],
    mean: np.float32,
    users: NDArray[np.float32],
    user_bias: NDArray[np.float32],
    items: NDArray[np.float32],
    item_bias: NDArray[np.float32],
    implied: NDArray[np.float32],
    learning_rate: np.float32,
    l2: np.float32,
) -> None:
    """Go once through the ratings, user by user in the given order; what a history implies is learned at the end of each user."""
    taste, slope = np.empty(users.shape[1], np.float32), np.empty(users.shape[1], np.float32)
    for user in order:
        named, given = indices[indptr[user] : indptr[user + 1]], ratings[indptr[user] : indptr[user + 1]]
        if named.shape[0] == 0:
            continue
        share = np.float32(1 / np.sqrt(named.shape[0]))
        taste[:], slope[:] = 0, 0
        for item in named:
            taste += share * implied[item]
        for event in range(named.shape[0]):
            item = named[event]
            guess = mean + user_bias[user] + item_bias[item]
            for axis in range(taste.shape[0]):
                guess += items[item, axis] * (users[user, axis] + taste[axis])
            error = given[event] - guess
            user_bias[user] += learning_rate * (error - l2 * user_bias[user])
            item_bias[item] += learning_rate * (error - l2 * item_bias[item])
            learn_rating(error, users[user], items[item], taste, slope, learning_rate, l2)
        kept = (np.float32(1) - learning_rate * l2) ** np.float32(named.shape[0])  # as if it were held down at every rating
        for item in named:
            implied[item] = kept * implied[item] + learning_rate * share * slope


@compiled(nogil=True, fastmath=True)
def rated_least_squares(
    indptr: NDArray[np.int32],
    indices: NDArray[np.int32],
    rest: NDArray[np.float32],
    items: NDArray[np.float32],
    l2: float,
    rows: NDArray[np.float32],
) -> None:
    """Fit ``rest = x' [items, 1]`` for each row over the items that it names, by least squares with ``l2`` times their number."""
    width = items.shape[1] + 1
    matrix, right, line = np.empty((width, width)), np.empty(width), np.ones(width)
    for row in range(rows.shape[0]):
        begin, end = indptr[row], indptr[row + 1]
        matrix[:], right[:] = 0, 0
        for axis in range(width):
            matrix[axis, axis] = l2 * max(end - begin, 1)
        for event in range(begin, end):
            for axis in range(width - 1):
                line[axis] = items[indices[event], axis]
            for axis in range(width):
                right[axis] += rest[event] * line[axis]
                for other in range(axis + 1):
                    matrix[axis, other] += line[axis] * line[other]
        factorise(matrix, width)
        substitute(matrix, width, right)
        for axis in range(width):
            rows[row, axis] = right[axis]
