"""The order in which recommenders of this family keep items."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def in_order(items: Sequence[str], n_users: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order items by how many users touched them, the most first, and equals by id: their places, shape (n_items,)."""
    counts = n_users.tolist()
    return np.array(sorted(range(len(items)), key=lambda item: (-counts[item], items[item])), np.int64)
