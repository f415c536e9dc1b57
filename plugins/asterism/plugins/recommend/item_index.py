"""The index behind recommendations from large catalogues: of each query, the items with the largest products are looked for in a few cells.

The items with the largest products are the nearest ones after one more axis has brought all items to one length (Bachrach et al., "Speeding
up the Xbox recommender system using a Euclidean transformation for inner-product spaces", RecSys 2014).
"""

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.plugins import cells

Search: TypeAlias = Literal["auto", "exact", "approximate"]
"""How the best items are looked for."""

EXACT_UP_TO = 200_000
"""Items up to which "auto" scores all of them: with 64 factors some 3,000 histories a second on one core."""

SHARE_SEARCHED = 1 / 8
"""Share of the cells that a history looks into: on Amazon Beauty, 12,101 items, nine in ten of the best ten items are found so."""


def index_items(factors: NDArray[np.float32], search: Search, random_state: int = 0) -> dict[str, Any]:
    """Divide items, shape (n_items, n_factors), among cells, as arrays by name; none where all of them are to be scored."""
    if search == "exact" or (search == "auto" and len(factors) <= EXACT_UP_TO) or len(factors) < 2:
        return {}
    divided = cells.divide(_of_one_length(factors), random_state)
    return divided._replace(n_probes=max(1, round(SHARE_SEARCHED * len(divided.centres))))._asdict()


class ItemIndex:
    """Finds items by the cells that `index_items` made."""

    def __init__(self, index: dict[str, Any], factors: NDArray[np.float32]) -> None:
        self.cells, self.items = cells.Cells(**index), _of_one_length(factors)
        self.length = float(np.linalg.norm(self.items[0]))

    def likely(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """Return `k` items for each query that probably have the largest products with it, in the order of the items: shape (n, k)."""
        lengths = np.linalg.norm(queries, axis=1, keepdims=True)
        scaled = queries * (self.length / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return np.sort(cells.search(self.cells, self.items, np.pad(scaled, ((0, 0), (0, 1))), min(k, len(self.items))), axis=1)


def _of_one_length(factors: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = np.square(factors, dtype=np.float64).sum(axis=1)
    rest = np.sqrt(np.maximum(squares.max(initial=0.0) - squares, 0))
    return np.hstack([factors, rest[:, np.newaxis].astype(np.float32)])
