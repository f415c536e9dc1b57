"""The explainer `examples`: which records are typical of a group, which hardly belong to it, and which nearly would."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, Upstream
from asterism.framework.blocks import in_blocks

from ..group_means import group_means
from .belonging import squared_distances
from .explanation import Explanation, Part
from .kind import GroupExplainer, check_to_fit

PREFIXES = {"exemplar": "typical:", "borderline": "hardly in it:", "counter-example": "nearest outside:"}


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

    def fit(self, labels: Labels, upstream: Upstream) -> Self:
        groups = check_to_fit(labels, upstream)
        distances = _distances(labels, groups, upstream.matrix())
        self._keep([self._shown(group, column, labels, distances, upstream.ids) for column, group in enumerate(groups.tolist())])
        return self

    def _shown(self, group: int, column: int, labels: Labels, distances: NDArray[np.float64], ids: Sequence[str]) -> Explanation:
        own, others = distances[:, column], np.delete(distances, column, axis=1).min(axis=1, initial=np.inf)
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


def _distances(labels: Labels, groups: NDArray[np.int64], matrix: Matrix) -> NDArray[np.float64]:
    """Compute the distance of each row to the mean of each group, shape (n_rows, n_groups), equal where only rounding differs."""
    inside = np.flatnonzero(labels >= 0)
    rows = matrix if len(inside) == len(labels) else matrix[inside]
    means = group_means(rows, np.searchsorted(groups, labels[inside]), len(groups))
    squared = np.concatenate([squared_distances(block, means) for _, block in in_blocks(matrix)])
    largest = float(squared.max(initial=0.0)) or 1.0
    return np.asarray(np.sqrt(np.round(squared / largest, 12) * largest))


def _margins(own: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how much nearer rows are to one mean than to another, -1 to 1."""
    both = own + others
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(both) & (both > 0), (others - own) / both, np.where(np.isinf(both), 1.0, 0.0))


def _lowest(values: NDArray[np.float64], rows: NDArray[np.int64], n: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(values[rows], kind="stable")[:n]]]
