"""Binary trees as flat arrays, and many rows sent down many of them at once; nothing here needs scikit-learn.

The nodes of all trees stand one behind the other. The two children of a node are neighbours, so a node keeps the place of its
left child alone, and a row that goes right goes one further. A leaf is its own left child and holds an infinite threshold: a row
that has arrived stays there, and all rows take the same number of steps.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix
from asterism.framework.values import is_sparse

VISITS = 2**17
"""Rows times trees that are on their way at once: some arrays of 1 MiB, which stay in the cache."""
DENSE_VALUES = 2**22
"""Values of a block of CSR rows that is made dense, of the columns that the trees look at alone (16 MiB)."""


class Forest(NamedTuple):
    """All nodes of all trees."""

    columns: NDArray[np.int32]
    """Column that a node compares, 0 in a leaf; shape (n_nodes,)."""
    thresholds: NDArray[np.float32]
    """A row with a larger value goes right; infinite in a leaf; shape (n_nodes,)."""
    children: NDArray[np.int32]
    """Place of the left child, of the node itself in a leaf; shape (n_nodes,)."""
    values: NDArray[np.float64]
    """What a row that ends in the node is given; shape (n_nodes,)."""
    roots: NDArray[np.int32]
    """Place of each tree's root; shape (n_trees,)."""
    depth: int
    """Steps from the root to the deepest leaf of all trees."""


def flatten(trees: list[Any], columns: list[NDArray[Any]], values: list[NDArray[np.float64]]) -> Forest:
    """Make a `Forest` of scikit-learn's trees, the columns of the data that each one was given, and a value for each node."""
    sizes = [tree.node_count for tree in trees]
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    parts = [_flat(tree, at, own, root) for tree, at, own, root in zip(trees, columns, values, roots, strict=True)]
    at, thresholds, children, moved = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Forest(at, thresholds, children, moved, roots, max(int(tree.max_depth) for tree in trees))


def _flat(tree: Any, columns: NDArray[Any], values: NDArray[np.float64], root: int) -> tuple[NDArray[Any], ...]:
    """Renumber the nodes of a tree so that siblings are neighbours; return columns, thresholds, children and values."""
    inner = np.flatnonzero(tree.children_left >= 0)
    place = np.zeros(tree.node_count, np.int32)
    place[tree.children_left[inner]] = 1 + 2 * np.arange(len(inner))
    place[tree.children_right[inner]] = 2 + 2 * np.arange(len(inner))
    at = np.zeros(tree.node_count, np.int32)
    thresholds = np.full(tree.node_count, np.inf, np.float32)
    children = np.arange(tree.node_count, dtype=np.int32)
    at[place[inner]] = columns[tree.feature[inner]]
    thresholds[place[inner]] = _rounded_down(tree.threshold[inner])
    children[place[inner]] = place[tree.children_left[inner]]
    moved = np.empty(tree.node_count)
    moved[place] = values
    return at, thresholds, children + root, moved


def _rounded_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round to float32 so that each float32 compares with the result as with the threshold itself."""
    near = thresholds.astype(np.float32)
    lower: NDArray[np.float32] = np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
    return lower


def sums_of_values(forest: Forest, X: Matrix) -> NDArray[np.float64]:
    """Send float32 rows down every tree, and add up the values of the leaves that each one ends in; shape (n_rows,)."""
    used = np.flatnonzero(np.bincount(forest.columns, minlength=1)) if is_sparse(X) else np.arange(X.shape[1])
    nodes = _Nodes(forest, used)
    step = max(1, VISITS // len(forest.roots))
    if is_sparse(X):
        step = max(1, min(step, DENSE_VALUES // len(used)))
    sums = np.zeros(X.shape[0])
    for start in range(0, X.shape[0], step):
        rows = X[start : start + step]
        nodes.add_values(rows[:, used].toarray() if is_sparse(rows) else rows, sums[start : start + step])
    return sums


class _Nodes:
    """A forest in the types that numpy indexes fastest with."""

    def __init__(self, forest: Forest, used: NDArray[np.int64]) -> None:
        place = np.zeros(int(used[-1]) + 1, np.intp)
        place[used] = np.arange(len(used))
        self.columns = place[forest.columns]
        self.thresholds, self.values = forest.thresholds, forest.values
        self.children, self.roots = forest.children.astype(np.intp), forest.roots.astype(np.intp)
        self.depth = forest.depth

    def add_values(self, rows: NDArray[np.float32], sums: NDArray[np.float64]) -> None:
        """Add to `sums` what the leaves of all trees give to `rows`."""
        values = np.ascontiguousarray(rows).ravel()
        first = np.arange(len(rows), dtype=np.intp) * rows.shape[1]
        at = np.repeat(self.roots[:, np.newaxis], len(rows), axis=1)
        places, found, thresholds = np.empty_like(at), np.empty(at.shape, np.float32), np.empty(at.shape, np.float32)
        # Indices are in range by construction; mode "clip" spares the copies that numpy makes to be able to raise.
        for _ in range(self.depth):
            np.take(self.columns, at, out=places, mode="clip")
            places += first
            np.take(values, places, out=found, mode="clip")
            np.take(self.thresholds, at, out=thresholds, mode="clip")
            np.take(self.children, at, out=places, mode="clip")
            np.add(places, found > thresholds, out=at)
        for leaves in at:  # tree by tree, so that the order of the sum does not depend on how many rows there are
            sums += self.values[leaves]
