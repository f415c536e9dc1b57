"""The hierarchy of dense groups that `hdbscan` and `hdbscan_outlier` share: how it is learned, and where a new row falls in it."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix

from .condensed_tree import CondensedTree, condense
from .neighbours import Neighbours
from .pairs import Metric
from .spanning_tree import core_distances, single_linkage, spanning_tree


@dataclass
class DensityTree:
    """The condensed tree of some rows, and what places others in it."""

    tree: CondensedTree
    index: Neighbours
    cores: NDArray[np.float64]
    same_as: NDArray[np.int64]
    """For each row the first one that is equal to it."""
    min_samples: int

    @classmethod
    def of(cls, X: Matrix, min_cluster_size: int, min_samples: int, metric: Metric) -> Self:
        """Learn the tree of the rows of X, at least 2."""
        index = Neighbours.of(X, metric, search="exact")
        cores, same_as = core_distances(index, min_samples)
        tree = condense(single_linkage(*spanning_tree(index, cores)), min_cluster_size)
        return cls(tree, index, cores, same_as, min_samples)

    def state(self) -> dict[str, Any]:
        """Return what `restored` needs, as arrays and plain values."""
        parts = {"index": self.index.state(), "cores": self.cores, "same_as": self.same_as, "min_samples": self.min_samples}
        return {"tree": self.tree._asdict(), **parts}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        """Make the tree again that gave this state."""
        tree, index = CondensedTree(**state["tree"]), Neighbours.restored(state["index"])
        return cls(tree, index, state["cores"], state["same_as"], state["min_samples"])

    def place(self, X: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return for each row of X: the training row it is a copy of or -1, the group it falls into, and at which density.

        It joins the tree where the training row does that it reaches first: the one of smallest mutual reachability among its nearest
        ``2 * min_samples`` (as the function `approximate_predict` of the package hdbscan does).
        """
        n_rows = len(self.cores)
        far, rows = self.index.nearest(X, min(2 * self.min_samples, n_rows))
        own = (
            far[:, min(self.min_samples - 1, n_rows) - 1] if self.min_samples > 1 else np.zeros(len(far))
        )  # itself is one of its neighbours
        reach = np.maximum(np.maximum(far, self.cores[rows]), own[:, np.newaxis])
        first = reach.argmin(axis=1)
        at = np.arange(len(far))
        with np.errstate(divide="ignore"):
            density = 1 / reach[at, first]
        copies = np.where(far[:, 0] == 0, self.same_as[rows[:, 0]], -1)
        return copies, self._group_at(rows[at, first], density), density

    def _group_at(self, rows: NDArray[np.int64], density: NDArray[np.float64]) -> NDArray[np.int64]:
        """Walk up from the groups that training rows leave last to those that exist at these densities."""
        above, birth = self.tree.of_groups()
        groups = self.tree.of_rows()[0][rows]
        while len(late := np.flatnonzero((groups > 0) & (birth[groups] >= density))):
            groups[late] = above[groups[late]]
        return groups
