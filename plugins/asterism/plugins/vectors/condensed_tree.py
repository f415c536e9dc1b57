"""A dendrogram reduced to the groups that are large enough, and which of them to keep.

Campello, Moulavi, Zimek and Sander, "Hierarchical density estimates for data clustering, visualization, and outlier detection",
ACM TKDD 2015. Nodes below `n_rows` are rows, those from `n_rows` on are groups, of which `n_rows` itself holds every row.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class CondensedTree(NamedTuple):
    """One entry for every row and group but the first: what it leaves, and at which density (1 / distance)."""

    parent: NDArray[np.int64]
    child: NDArray[np.int64]
    density: NDArray[np.float64]
    size: NDArray[np.int64]
    n_rows: int

    @property
    def n_groups(self) -> int:
        """Groups, the one of all rows counted."""
        return int(self.child.max(initial=0)) - self.n_rows + 1 if (self.child >= self.n_rows).any() else 1

    def of_rows(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each row the group that it leaves last, counted from 0, and the density at which it leaves."""
        group, density = np.empty(self.n_rows, np.int64), np.empty(self.n_rows)
        rows = self.child < self.n_rows
        group[self.child[rows]], density[self.child[rows]] = self.parent[rows] - self.n_rows, self.density[rows]
        return group, density

    def of_groups(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return for each group the one that it splits off from, -1 for the first, and the density at which it does."""
        above, birth = np.full(self.n_groups, -1), np.zeros(self.n_groups)
        groups = self.child >= self.n_rows
        above[self.child[groups] - self.n_rows] = self.parent[groups] - self.n_rows
        birth[self.child[groups] - self.n_rows] = self.density[groups]
        return above, birth

    def deaths(self) -> NDArray[np.float64]:
        """Return for each group the largest density at which anything leaves it."""
        found = np.zeros(self.n_groups)
        np.maximum.at(found, self.parent - self.n_rows, self.density)
        return found

    def stabilities(self) -> NDArray[np.float64]:
        """Return for each group the excess of mass: how much longer than it exists its members stay in it."""
        birth = self.of_groups()[1]
        group = self.parent - self.n_rows
        with np.errstate(invalid="ignore"):  # infinite from the start: rows that are all alike
            lifetimes = np.where(np.isinf(self.density) & np.isinf(birth[group]), 0.0, self.density - birth[group])
        return np.bincount(group, lifetimes * self.size, minlength=self.n_groups).astype(np.float64)


def condense(linkage: NDArray[np.float64], min_cluster_size: int) -> CondensedTree:
    """Walk a dendrogram from its top: a part smaller than `min_cluster_size` is rows that leave, two larger ones are new groups."""
    n_rows = len(linkage) + 1
    order, first = _leaves(linkage)
    sizes = np.concatenate([np.ones(n_rows, np.int64), linkage[:, 3].astype(np.int64)]).tolist()
    children, heights = linkage[:, :2].astype(np.int64).tolist(), linkage[:, 2].tolist()
    entries: list[tuple[int, int, float, int]] = []
    rows: list[tuple[int, float, int, int]] = []
    waiting, groups = [(2 * n_rows - 2, n_rows)] if n_rows > 1 else [], n_rows
    for node, label in waiting:  # grows while it is walked through
        density = 1 / heights[node - n_rows] if heights[node - n_rows] > 0 else np.inf
        large = [child for child in children[node - n_rows] if sizes[child] >= min_cluster_size]
        for child in children[node - n_rows]:
            if sizes[child] < min_cluster_size:
                rows.append((label, density, first[child], sizes[child]))
            elif len(large) == 2:
                groups += 1
                entries.append((label, groups, density, sizes[child]))
                if child >= n_rows:
                    waiting.append((child, groups))
            elif child >= n_rows:
                waiting.append((child, label))
    return _tree(entries, rows, order, n_rows)


def select(tree: CondensedTree, method: str = "eom", epsilon: float = 0.0, allow_single: bool = False) -> NDArray[np.int64]:
    """Return the groups to keep, rising: of largest excess of mass (`eom`), or those that do not split (`leaf`).

    Groups that split off at distances below `epsilon` are merged upwards (Malzer and Baum, 2020).
    """
    above, birth = tree.of_groups()
    chosen = _by_excess_of_mass(tree.stabilities(), above, allow_single) if method == "eom" else _leaf_groups(above)
    if epsilon > 0 and len(chosen) and not (len(chosen) == 1 and chosen[0] == 0):
        chosen = _merged(chosen, above, birth, epsilon, allow_single)
    return chosen


def kept_group(above: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each group the number of the chosen one that it lies in, -1 where it lies in none."""
    numbers = np.full(len(above), -1)
    numbers[chosen] = np.arange(len(chosen))
    for group in range(1, len(above)):  # a group has a higher number than the one it splits off from
        if numbers[group] < 0:
            numbers[group] = numbers[above[group]]
    return numbers


def outlier_scores(tree: CondensedTree) -> NDArray[np.float64]:
    """Return for each row how much sooner it leaves than the densest part of its group: 0 the core, 1 far out (GLOSH)."""
    group, density = tree.of_rows()
    return glosh(density, deaths_below(tree)[group])


def deaths_below(tree: CondensedTree) -> NDArray[np.float64]:
    """Return for each group the largest density at which anything leaves it or a group that split off from it."""
    deaths, above = tree.deaths(), tree.of_groups()[0]
    for group in range(len(deaths) - 1, 0, -1):
        deaths[above[group]] = max(deaths[above[group]], deaths[group])
    return deaths


def glosh(density: NDArray[np.float64], largest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Score densities against the largest one of their group."""
    counted = (largest > 0) & np.isfinite(density)
    with np.errstate(invalid="ignore", divide="ignore"):  # where nothing is counted
        share = np.where(np.isinf(largest), 0.0, density / largest)
    return np.where(counted, np.maximum(1 - share, 0.0), 0.0)


def _leaves(linkage: NDArray[np.float64]) -> tuple[NDArray[np.int64], list[int]]:
    """Order rows so that each node's are neighbours; return that order and where each node's begin."""
    n_rows = len(linkage) + 1
    children, sizes = linkage[:, :2].astype(np.int64).tolist(), [1] * n_rows + linkage[:, 3].astype(np.int64).tolist()
    first = [0] * (2 * n_rows - 1)
    for node in range(2 * n_rows - 2, n_rows - 1, -1):
        one, other = children[node - n_rows]
        first[one], first[other] = first[node], first[node] + sizes[one]
    return np.argsort(np.array(first[:n_rows])), first


def _tree(entries: list[Any], rows: list[Any], order: NDArray[np.int64], n_rows: int) -> CondensedTree:
    counts = np.array([count for *_, count in rows], np.int64)
    places = [order[start : start + count] for _, _, start, count in rows]
    parent = np.concatenate(
        [np.array([p for p, *_ in entries], np.int64), np.repeat([label for label, *_ in rows], counts).astype(np.int64)]
    )
    child = np.concatenate([np.array([c for _, c, *_ in entries], np.int64), *places]) if places else np.array([c for _, c, *_ in entries])
    density = np.concatenate([np.array([d for _, _, d, _ in entries]), np.repeat([d for _, d, *_ in rows], counts)])
    size = np.concatenate([np.array([s for *_, s in entries], np.int64), np.ones(int(counts.sum()), np.int64)])
    return CondensedTree(parent, child.astype(np.int64), density.astype(np.float64), size, n_rows)


def _by_excess_of_mass(stability: NDArray[np.float64], above: NDArray[np.int64], allow_single: bool) -> NDArray[np.int64]:
    below = np.zeros(len(stability))
    kept = np.zeros(len(stability), bool)
    for group in range(len(stability) - 1, -1 if allow_single else 0, -1):
        kept[group] = below[group] <= stability[group]
        if group:
            below[above[group]] += max(below[group], stability[group])
    return _topmost(kept, above)


def _topmost(kept: NDArray[np.bool_], above: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out what lies within another one that is kept."""
    inside = np.zeros(len(kept), bool)
    for group in range(1, len(kept)):
        inside[group] = inside[above[group]] or kept[above[group]]
    return np.flatnonzero(kept & ~inside)


def _leaf_groups(above: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.setdiff1d(np.arange(len(above)), above)


def _merged(
    chosen: NDArray[np.int64], above: NDArray[np.int64], birth: NDArray[np.float64], epsilon: float, allow_single: bool
) -> NDArray[np.int64]:
    kept = np.zeros(len(above), bool)
    for group in chosen.tolist():
        at = group
        while at > 0 and birth[at] * epsilon > 1:  # splits off at a distance below epsilon
            if above[at] == 0 and not allow_single:
                break
            at = int(above[at])
        kept[at] = True
    return _topmost(kept, above)
