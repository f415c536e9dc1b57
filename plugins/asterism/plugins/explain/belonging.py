"""How much a row belongs to each group: what the clusterer itself says, or else how near the row lies to the means of the groups."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Labels, Matrix, Upstream
from asterism.framework.values import is_sparse

from ..group_means import group_means

SAMPLE_CELLS = 120_000
"""Distances by which scales are tried."""
SCALES = 2.0 ** np.arange(3, -12.25, -0.25)
"""What is tried, as multiples of the mean squared distance of records to the means of all groups; the softest first."""


@dataclass(frozen=True)
class Belonging:
    """The shares of rows in groups.

    They are the clusterer's own where it has ``membership`` and a column for each group. Elsewhere they are the softmax of ``-d^2 / s``:
    d is the distance of a row to the mean of a group in the matrix that was grouped, and s such that the records' share in their
    own groups is, on average, halfway between one of all groups alike and the whole. So it can rise and fall, however tight groups are.
    """

    groups: NDArray[np.int64]
    """The numbers of the groups, in order."""
    means: NDArray[np.float64]
    """Mean of each, shape (n_groups, n_features)."""
    scale: float
    """The number s."""
    columns: list[int]
    """The column of each group in what the clusterer says; empty where the means tell."""

    @classmethod
    def of(cls, labels: Labels, groups: NDArray[np.int64], upstream: Upstream) -> "Belonging":
        """Learn it from the records."""
        matrix = upstream.matrix()
        inside = np.flatnonzero(labels >= 0)
        rows = matrix if len(inside) == len(labels) else matrix[inside]
        members = np.searchsorted(groups, labels[inside])
        means = group_means(rows, members, len(groups))
        return cls(groups, means, _scale(rows, members, means), _columns(groups, upstream))

    def shares(self, rows: Matrix, upstream: Upstream) -> NDArray[np.float64]:
        """Tell how much each row belongs to each group: shape (n_rows, n_groups)."""
        if self.columns:
            component: Any = upstream.component
            return np.asarray(component.membership(rows), np.float64)[:, self.columns]
        if rows.shape[1] != self.means.shape[1]:
            raise DataError(f"the matrix has {rows.shape[1]} columns, in fit it had {self.means.shape[1]}", hint="apply the same stages")
        return _softmax(squared_distances(rows, self.means) / self.scale)


def _softmax(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(distances.min(axis=1, keepdims=True) - distances)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _scale(rows: Matrix, members: NDArray[np.int64], means: NDArray[np.float64]) -> float:
    """Find the scale by which the mean share of records in their own groups is halfway between 1 / n_groups and 1, or nearly so."""
    most = max(50, min(len(members), SAMPLE_CELLS // len(means)))
    sample = np.unique(np.linspace(0, len(members) - 1, most).astype(np.int64))
    distances, own = squared_distances(rows[sample], means), members[sample]
    scales = (float(distances.mean()) or 1.0) * SCALES
    found = [_softmax(distances / scale)[np.arange(len(own)), own].mean() for scale in scales]
    halfway = (1 + 1 / len(means)) / 2
    return float(scales[np.abs(np.array(found) - halfway).argmin()])


def squared_distances(rows: Matrix, means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the squared distance of each row to each mean, shape (n_rows, n_means)."""
    if is_sparse(rows):
        rows = rows.astype(np.float64)
        lengths = np.asarray(rows.multiply(rows).sum(axis=1)).reshape(-1, 1)
    else:
        rows = np.asarray(rows, np.float64)
        lengths = np.square(rows).sum(axis=1, keepdims=True)
    return np.asarray(np.maximum(lengths - 2 * np.asarray(rows @ means.T) + np.square(means).sum(axis=1), 0.0))


def _columns(groups: NDArray[np.int64], upstream: Upstream) -> list[int]:
    """Find the column of each group in what the clusterer says of rows; empty where it says nothing, or of other groups."""
    component: Any = upstream.component
    if component.takes != "matrix" or not hasattr(component, "membership"):
        return []
    width = component.membership(upstream.matrix()[:1]).shape[1]
    shown = upstream.result.stages[upstream.stage].shown(np.arange(width))
    order = np.argsort(shown)
    return order.tolist() if np.array_equal(shown[order], groups) else []
