"""The explainer `examples`: which records are typical of a group, which hardly belong to it, and which nearly would."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, Upstream
from asterism.framework.blocks import in_blocks, rows_at_once

from ..group_means import group_means
from .belonging import squared_distances
from .explanation import Explanation, Part
from .kind import GroupExplainer, check_to_fit

PREFIXES = {"exemplar": "typical:", "borderline": "hardly in it:", "counter-example": "nearest outside:"}


CELLS = 2**20
"""Distances that stand in memory together."""


class Examples(GroupExplainer):
    """Show a group by its records: exemplars, borderline cases and counter-examples.

    Exemplars are nearest to the mean of the group, in the matrix that was grouped. Borderline cases are the records of the group that are
    furthest from its mean compared with that of another group. Counter-examples are the records of other groups, or of none, that are
    nearest to its mean. No record stands twice. The weight of a part says how much nearer it is to the mean of this group than to the
    nearest other one: 1 at the mean itself, 0 in the middle, -1 at the other. There is no fidelity: nothing is approximated.

    Learns `explained_`, by group what an `Explanation` holds.

    Raises `DataError` where every record is of group -1.

    What is not found: records that no exemplar stands for, which Kim, Khanna and Koyejo, "Examples are not enough, learn to criticize!"
    (NIPS 2016), choose by the largest discrepancy of all records and the exemplars.
    """

    n_examples: Annotated[int, Ge(1)] = 3
    """How many of each sort."""

    def fit(self, labels: Labels, upstream: Upstream, only: Collection[int] | None = None) -> Self:
        groups = check_to_fit(labels, upstream)
        distances = _Distances.of(labels, groups, upstream.matrix())
        wanted = [pair for pair in enumerate(groups.tolist()) if only is None or pair[1] in only]
        self._keep([self._shown(group, labels, *distances.to(place), upstream.ids) for place, group in wanted])
        return self

    def _shown(self, group: int, labels: Labels, own: NDArray[np.float64], others: NDArray[np.float64], ids: Sequence[str]) -> Explanation:
        margins = _margins(own, others)
        parts = [Part(ids[row], float(margins[row]), role=role) for role, row in self._chosen(labels == group, own, margins)]
        texts = []
        for role, prefix in PREFIXES.items():
            if names := [part.name for part in parts if part.role == role]:
                texts.append(f"{prefix} {', '.join(names)}")
        return Explanation(f"group {group}", group, tuple(parts), None, f"group {group}: {'; '.join(texts)}")

    def _chosen(self, inside: NDArray[np.bool_], own: NDArray[np.float64], margins: NDArray[np.float64]) -> Iterator[tuple[str, int]]:
        members, others = np.flatnonzero(inside), np.flatnonzero(~inside)
        typical = _lowest(own, members, self.n_examples)
        yield from (("exemplar", row) for row in typical)
        rest = np.setdiff1d(members, typical)
        yield from (("borderline", row) for row in _lowest(margins, rest, self.n_examples) if margins[row] < 1)
        yield from (("counter-example", row) for row in _lowest(own, others, self.n_examples))


@dataclass(frozen=True)
class _Distances:
    """How far rows are from the means of groups; a column for each of thousands of groups would take much memory."""

    matrix: Matrix
    means: NDArray[np.float64]
    nearest: NDArray[np.int64]
    """The group of the nearest mean, by its place, shape (n_rows,)."""
    two: NDArray[np.float64]
    """Squared distances to the two nearest means, shape (n_rows, 2); infinite where there is one alone."""

    @classmethod
    def of(cls, labels: Labels, groups: NDArray[np.int64], matrix: Matrix) -> "_Distances":
        inside = np.flatnonzero(labels >= 0)
        rows = matrix if len(inside) == len(labels) else matrix[inside]
        means = group_means(rows, np.searchsorted(groups, labels[inside]), len(groups))
        nearest, two = zip(*(_two_nearest(squared_distances(block, means)) for block in _blocks(matrix, len(means))), strict=True)
        return cls(matrix, means, np.concatenate(nearest), np.concatenate(two))

    def to(self, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the distance of each row to one mean, and to the nearest of the others; equal where only rounding differs."""
        own = np.concatenate([squared_distances(block, self.means[place : place + 1])[:, 0] for block in _blocks(self.matrix, 1)])
        others = np.where(self.nearest == place, self.two[:, 1], self.two[:, 0])
        largest = float(own.max(initial=0.0)) or 1.0
        rounded = [np.sqrt(np.round(squared / largest, 12) * largest) for squared in (own, others)]
        return rounded[0], rounded[1]


def _two_nearest(distances: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    padded = np.pad(distances, ((0, 0), (0, 1)), constant_values=np.inf)
    return distances.argmin(axis=1), np.partition(padded, 1, axis=1)[:, :2]


def _blocks(matrix: Matrix, width: int) -> Iterator[Matrix]:
    """Yield blocks of rows of which each gets so many numbers."""
    rows = max(1, min(rows_at_once(matrix), CELLS // width))
    return (block for _, block in in_blocks(matrix, rows))


def _margins(own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how much nearer rows are to one mean than to another, -1 to 1."""
    both = own + others
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(both) & (both > 0), (others - own) / both, np.where(np.isinf(both), 1.0, 0.0))


def _lowest(values: NDArray[np.float64], rows: NDArray[np.int64], n: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(values[rows], kind="stable")[:n]]]
