"""The hierarchy of topics: which of them are most alike, and what they join to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .weights import unit_rows


def join(weights: Any) -> NDArray[np.float64]:
    """Join topics to ever larger ones by the average cosine distance of their term weights: SciPy's linkage, shape (n_topics - 1, 4).

    Sokal and Michener, "A statistical method for evaluating systematic relationships", University of Kansas Science Bulletin 38 (1958).
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if weights.shape[0] < 2:
        return np.zeros((0, 4))
    rows = unit_rows(weights)
    distances = 1 - np.clip((rows @ rows.T).toarray(), 0, 1)
    np.fill_diagonal(distances, 0)
    return np.asarray(linkage(squareform(distances, checks=False), "average"))


def most_alike(linkage: NDArray[np.float64], n_topics: int) -> list[tuple[int, ...]]:
    """List the sets of topics that are one where so many are left."""
    sets: dict[int, tuple[int, ...]] = {topic: (topic,) for topic in range(len(linkage) + 1)}
    for step in range(len(linkage) + 1 - n_topics):
        one, other = int(linkage[step, 0]), int(linkage[step, 1])
        sets[len(linkage) + 1 + step] = tuple(sorted(sets.pop(one) + sets.pop(other)))
    return sorted(sets.values())


def draw(linkage: NDArray[np.float64], names: Mapping[int, str] | Sequence[str]) -> str:
    """Draw the hierarchy as text: a line for each topic, and for each join with the distance at which it happens.

    Parameters
    ----------
    linkage
        What `join` gives, or ``linkage_`` of a fitted `ctfidf`.
    names
        What to call each topic, by its number.
    """
    n_topics = len(linkage) + 1
    if n_topics == 1:
        return f"0 {names[0]}"
    return "\n".join(_lines(2 * n_topics - 2, linkage, names))


def _lines(node: int, linkage: NDArray[np.float64], names: Mapping[int, str] | Sequence[str]) -> list[str]:
    n_topics = len(linkage) + 1
    if node < n_topics:
        return [f"{node} {names[node]}"]
    one, other, distance = linkage[node - n_topics, :3]
    above, below = (_lines(int(branch), linkage, names) for branch in (one, other))
    return [
        f"{distance:.2f}",
        *_indented(above, "├─ ", "│  "),
        *_indented(below, "└─ ", "   "),
    ]


def _indented(lines: list[str], first: str, others: str) -> list[str]:
    return [f"{first if place == 0 else others}{line}" for place, line in enumerate(lines)]
