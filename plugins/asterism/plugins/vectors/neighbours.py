"""The index behind everything that asks for neighbours: exact below a size, approximate above, and it says which.

Candidates come from scikit-learn's search or from the cells of an inverted file; their distances are then taken again by differences,
so that a row has one answer whatever rows stand beside it.
"""

from collections.abc import Iterator
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix
from asterism.framework.values import is_sparse
from asterism.plugins import cells

from .pairs import Metric, comparable, distances, power_of, powers, squared_lengths
from .rows import require

Search = Literal["auto", "exact", "approximate"]
"""How neighbours are looked for."""
Found = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Distances and rows, both of shape (n, k), the nearest first; equals in the order of the rows."""

EXACT_UP_TO = 30_000
"""Rows up to which "auto" compares every pair: 30,000 x 50 take about 2 s on two cores, and twice as many rows four times as long."""
TREE_COLUMNS = 6
"""Up to here a tree is faster than products. 10,000 rows, 18 neighbours, seconds by products and by tree: 6 columns 0.18 and 0.05,
15 columns 0.20 and 0.94 (normally distributed)."""
SPARE = 6
"""Candidates beyond those asked for, so that rounding decides nothing at the border."""
SLACK = 1e-6
"""How far off a candidate's squared distance can be, relative to the squared lengths: float32 products of up to thousands of columns."""
QUERY_ROWS = 2**14
"""Queries are answered in blocks of this size, which bounds what the candidates take."""


class Neighbours:
    """The nearest of some rows to any rows."""

    def __init__(self, rows: Matrix, metric: Metric, inverted: cells.Cells | None = None) -> None:
        self.rows, self.metric, self._cells = rows, metric, inverted
        self.compared = comparable(rows, metric)
        """The rows in the form that distances are taken in: for cosine, of length 1."""
        self._longest = float(squared_lengths(self.compared).max(initial=0.0))
        self._search: Any = None

    @classmethod
    def of(cls, X: Matrix, metric: Metric = "euclidean", search: Search = "auto", random_state: int = 0) -> Self:
        """Index the rows of X; CSR and manhattan are always searched exactly."""
        index = cls(X, metric)
        wanted = search == "approximate" or (search == "auto" and X.shape[0] > EXACT_UP_TO and X.shape[1] > TREE_COLUMNS)
        if wanted and not is_sparse(X) and metric != "manhattan":
            index._cells = cells.divide(index.compared, random_state)
        return index

    def state(self) -> dict[str, Any]:
        """Return what `restored` needs, as arrays and plain values."""
        inverted = {} if self._cells is None else self._cells._asdict()
        return {"rows": self.rows, "metric": self.metric, "cells": inverted}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        """Make the index again that gave this state."""
        return cls(state["rows"], state["metric"], cells.Cells(**state["cells"]) if state["cells"] else None)

    @property
    def is_exact(self) -> bool:
        """Whether every pair is compared."""
        return self._cells is None

    @property
    def note(self) -> str:
        """Say for a summary how neighbours are found."""
        how = "exact" if self._cells is None else f"approximate ({len(self._cells.centres):,} cells, {self._cells.n_probes:,} searched)"
        return f"neighbours: {how}, {self.metric}, among {self.rows.shape[0]:,} records"

    def nearest(self, X: Matrix, k: int) -> Found:
        """Return the `k` nearest rows of each row of X; a row that is indexed is at distance 0 from itself.

        Raises `DataError` where fewer rows are indexed, and for rows of zeros under cosine.
        """
        require(k, self.rows.shape[0], "records", f"{k} neighbours are asked for")
        blocks = [self._nearest_in_block(block, k) for block in self._blocks(X)]
        if not blocks:
            return np.empty((0, k)), np.empty((0, k), np.int64)
        return distances(np.concatenate([power for power, _ in blocks]), self.metric), np.concatenate([rows for _, rows in blocks])

    def nearest_others(self, k: int) -> Found:
        """Return the same for the indexed rows themselves, each left out of its own list."""
        far, rows = self.nearest(self.rows, k + 1)
        own = rows == np.arange(len(rows))[:, np.newaxis]
        own[~own.any(axis=1), -1] = True  # among more than k copies a row need not be in its own list
        return far[~own].reshape(-1, k), rows[~own].reshape(-1, k)

    def pairs_within(
        self, X: Matrix, radius: float
    ) -> Iterator[tuple[int, tuple[NDArray[np.int64], int], NDArray[np.int64], NDArray[np.float64]]]:
        """Yield all pairs of a row of X and an indexed row within `radius`, always exactly, a block of rows of X at a time.

        A block is: the number of its first row, (numbers of rows within the block, its size), indexed rows, distances.
        """
        most, first = power_of(radius, self.metric), 0
        for block in self._blocks(X):
            of, to = self._candidates_within(block, most)
            found = powers(block, self.compared, of, to, self.metric)
            near = found <= most * (1 + 1e-12)
            yield first, (of[near], block.shape[0]), to[near], distances(found[near], self.metric)
            first += block.shape[0]

    def _blocks(self, X: Matrix) -> Iterator[Matrix]:
        for start in range(0, X.shape[0], QUERY_ROWS):
            yield comparable(self._in_our_form(X[start : start + QUERY_ROWS]), self.metric)

    def _in_our_form(self, X: Matrix) -> Matrix:
        """Return rows as an array or as CSR, as the indexed ones are."""
        if is_sparse(X) == is_sparse(self.rows):
            return X
        return type(self.rows)(X) if is_sparse(self.rows) else X.toarray()

    def _nearest_in_block(self, X: Matrix, k: int) -> Found:
        n_rows, found = self.rows.shape[0], min(k + SPARE, self.rows.shape[0])
        rows = self._candidates(X, found)
        power, rows = self._ordered(X, np.arange(X.shape[0]), rows)
        if self._cells is None and found < n_rows:
            doubtful = np.flatnonzero(power[:, -1] - power[:, k - 1] <= self._slack(X))
            for row in doubtful:  # many are equally near: every row is compared
                everyone = np.arange(n_rows)[np.newaxis]
                power[row, :k], rows[row, :k] = (part[0, :k] for part in self._ordered(X, np.array([row]), everyone))
        return power[:, :k], rows[:, :k]

    def _ordered(self, X: Matrix, of: NDArray[np.int64], rows: NDArray[np.int64]) -> Found:
        """Order the candidates of some rows of X by their distances, and equals by their numbers."""
        rows = np.sort(rows, axis=1)
        found = powers(X, self.compared, np.repeat(of, rows.shape[1]), rows.ravel(), self.metric).reshape(rows.shape)
        order = np.argsort(found, axis=1, kind="stable")
        return np.take_along_axis(found, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _candidates(self, X: Matrix, k: int) -> NDArray[np.int64]:
        if self._cells is not None:
            return cells.search(self._cells, self.compared, X, k)
        found: NDArray[np.int64] = self._theirs().kneighbors(X, k, return_distance=False)
        return found

    def _candidates_within(self, X: Matrix, most: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        slack = float(np.max(self._slack(X), initial=0.0))
        radius = most + slack if self.metric == "manhattan" else np.sqrt(most + slack)
        lists = self._theirs().radius_neighbors(X, radius, return_distance=False)
        of = np.repeat(np.arange(len(lists)), [len(rows) for rows in lists])
        to = np.concatenate([np.sort(rows) for rows in lists]) if len(of) else np.empty(0)
        return of, to.astype(np.int64)

    def _slack(self, X: Matrix) -> NDArray[np.float64]:
        lengths = squared_lengths(X)
        return SLACK * (np.sqrt(lengths) if self.metric == "manhattan" else lengths + self._longest)

    def _theirs(self) -> Any:
        if self._search is None:
            from sklearn.neighbors import NearestNeighbors

            tree = self.rows.shape[1] <= TREE_COLUMNS and not is_sparse(self.rows)
            metric = "manhattan" if self.metric == "manhattan" else "euclidean"  # of rows of length 1, where cosine is asked for
            self._search = NearestNeighbors(algorithm="kd_tree" if tree else "brute", metric=metric).fit(self.compared)
        return self._search
