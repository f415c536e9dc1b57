"""An item that was taken apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Part


@dataclass(frozen=True)
class Apart:
    """The parts of an item, and the item without some of them."""

    parts: list[Part]
    """Each part, with weight 0."""
    keeping: Callable[[NDArray[np.bool_]], Any]
    """Makes the item that has only the parts where the mask is true."""
    unit: str
    """What the parts are called, in the plural."""
    at_once: int = 256
    """How many such items may stand in memory together."""
    may_be_idle: bool = False
    """True where a stage may well take no notice of many of them."""
    is_row: bool = False
    """True where items are rows of the matrix already."""

    def __len__(self) -> int:
        return len(self.parts)
