"""Singular vectors from rounds of sums: subspace iteration on X^T X, which no round ever forms.

Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011. Each round multiplies a basis of a few
columns by X^T X, batch by batch; memory is n_features x (n_components + 10), for dense and CSR alike. The rounds and the last step are
those of scikit-learn's `randomized_svd`, so the answer is the same where the seed is.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, Summary

from .rows import blocks, sum_of_squares

OVERSAMPLING = 10
"""Columns of the basis beyond those wanted (Halko et al. take 5 to 10)."""


class Moments(NamedTuple):
    """What a total says about all rows."""

    n_rows: int
    mean: NDArray[np.float64]
    squares: float
    """Sum of all squared values."""

    @property
    def variation(self) -> float:
        """Sum of all squared distances from the mean, over all columns."""
        return max(self.squares - self.n_rows * float(self.mean @ self.mean), 0.0)


class Axes(NamedTuple):
    """Singular values, largest first, with their right singular vectors as rows."""

    values: NDArray[np.float64]
    vectors: NDArray[np.float64]


def first_basis(n_features: int, n_components: int, seed: int) -> NDArray[np.float64]:
    """Draw the starting basis, shape (n_components + 10, n_features), one direction a row."""
    size = n_components + OVERSAMPLING
    return np.ascontiguousarray(np.random.RandomState(seed).normal(size=(n_features, size)).T)


def sum_moments(batch: Matrix) -> Summary:
    """Add up what `moments` reads."""
    sums = np.asarray(batch.sum(axis=0, dtype=np.float64)).ravel()
    return {"count": np.array(batch.shape[0]), "sum": sums, "squares": np.array(sum_of_squares(batch))}


def sum_products(batch: Matrix, basis: NDArray[np.float64]) -> Summary:
    """Add up what one round needs of `batch`: its moments, and X^T X times the basis, seen from both sides."""
    size, n_features = basis.shape
    total = sum_moments(batch) | {"product": np.zeros((n_features, size)), "gram": np.zeros((size, size))}
    for block in blocks(batch):
        placed = block @ basis.T
        total["product"] += block.T @ placed
        total["gram"] += placed.T @ placed
    return total


def moments(total: Summary) -> Moments:
    """Read the moments off a total."""
    n_rows = int(total["count"])
    return Moments(n_rows, total["sum"] / n_rows, float(total["squares"]))


def centred(total: Summary, basis: NDArray[np.float64]) -> Summary:
    """Return what the total would be, had the mean been subtracted from every row: the rows themselves stay sparse."""
    n_rows, mean, _ = moments(total)
    placed = basis @ mean
    return total | {
        "product": total["product"] - n_rows * np.outer(mean, placed),
        "gram": total["gram"] - n_rows * np.outer(placed, placed),
    }


def next_basis(total: Summary) -> NDArray[np.float64]:
    """Return the basis of the next round, its rows orthonormal."""
    return np.ascontiguousarray(np.linalg.qr(total["product"])[0].T)


def axes(total: Summary, basis: NDArray[np.float64], n_components: int) -> Axes:
    """Finish: singular values and vectors of X within the last basis, each vector's largest entry positive."""
    values, rotation = np.linalg.eigh(total["gram"])
    keep = values > float(total["squares"]) * len(values) * np.finfo(np.float64).eps  # less is what rounding leaves, of centring too
    left_of_product = (rotation[:, keep] / np.sqrt(values[keep])).T @ total["product"].T
    _, singular, vectors = np.linalg.svd(left_of_product, full_matrices=False)
    # Where X has fewer dimensions than are wanted, the rest are directions of the basis in which it does not vary.
    idle = np.linalg.qr((rotation[:, ~keep].T @ basis).T)[0].T
    singular = np.concatenate([singular, np.zeros(len(idle))])
    return Axes(singular[:n_components], oriented(np.concatenate([vectors, idle])[:n_components]))


def oriented(vectors: NDArray[Any]) -> NDArray[Any]:
    """Turn each row so that its entry of largest size is positive: a singular vector has no sign of its own."""
    largest = np.argmax(np.abs(vectors), axis=1)
    signs = np.where(vectors[np.arange(len(vectors)), largest] < 0, -1, 1).astype(vectors.dtype)
    turned: NDArray[Any] = vectors * signs[:, np.newaxis]
    return turned
