"""Shares of given parts in a row: weights that are not negative, found for each row by itself.

scikit-learn's `NMF.transform` stops when a batch as a whole has settled, so that what a row gets depends on the rows beside it. Here
every row goes on until it has settled itself.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix
from asterism.framework.values import is_sparse

Floats = NDArray[np.float64]

SETTLED = 1e-7
"""A row has settled when no weight moves by more than this share of its largest one in a round."""
MOST_ROUNDS = 2000
"""Rounds after which a row is left as it is, settled or not."""
TINY = np.finfo(np.float32).eps
"""What a quotient is never divided by less than; scikit-learn's bound."""


def least_squares(X: Matrix, parts: Floats, l1: float, l2: float) -> Floats:
    """Return the weights W >= 0, shape (n, n_parts), that make ``|X - W @ parts|^2 / 2 + l1 |W|_1 + l2 |W|^2 / 2`` least.

    One coordinate after the other goes to its own optimum (Cichocki and Phan, "Fast local algorithms for large scale nonnegative
    matrix and tensor factorizations", IEICE Transactions 2009).
    """
    wanted: Floats = np.asarray(X @ parts.T) - l1
    gram = parts @ parts.T + l2 * np.eye(len(parts))

    def improve(weights: Floats, rows: NDArray[np.int64]) -> Floats:
        for part in np.flatnonzero(gram.diagonal() > 0):
            slope = weights @ gram[part] - wanted[rows, part]
            weights[:, part] = np.maximum(weights[:, part] - slope / gram[part, part], 0.0)
        return weights

    return _until_settled(improve, np.zeros_like(wanted))


def least_divergence(X: Matrix, parts: Floats, l1: float, l2: float) -> Floats:
    """Return the weights that make the generalized Kullback-Leibler divergence of X from ``W @ parts``, with the same penalties, least.

    By multiplicative rounds (Lee and Seung, "Algorithms for non-negative matrix factorization", NIPS 2001). In the first, how large
    the equal weights are that they start from cancels out.
    """
    total = parts.sum(axis=1) + l1

    def improve(weights: Floats, rows: NDArray[np.int64]) -> Floats:
        pull = _quotients(X[rows], weights, parts) @ parts.T
        improved: Floats = weights * pull / np.maximum(total + l2 * weights, TINY)
        return improved

    return _until_settled(improve, np.ones((X.shape[0], len(parts))))


def _until_settled(improve: Callable[[Floats, NDArray[np.int64]], Floats], weights: Floats) -> Floats:
    """Run rounds over the rows that have not settled yet."""
    rows = np.arange(len(weights))
    for _ in range(MOST_ROUNDS):
        before = weights[rows]
        after = weights[rows] = improve(before.copy(), rows)
        moved = np.abs(after - before).max(axis=1)
        rows = rows[moved > SETTLED * after.max(axis=1)]
        if not len(rows):
            break
    return weights


def _quotients(X: Matrix, weights: Floats, parts: Floats) -> Any:
    """Divide X by ``weights @ parts``; for CSR, only where X is not 0."""
    if not is_sparse(X):
        return X / np.maximum(weights @ parts, TINY)
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    found = np.zeros(len(rows))
    for weight, part in zip(weights.T, parts, strict=True):
        found += weight[rows] * part[X.indices]
    return type(X)((X.data / np.maximum(found, TINY), X.indices, X.indptr), shape=X.shape)
