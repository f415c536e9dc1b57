"""Asking the fitted stages about an item of which some parts are left out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError, Upstream

from .belonging import Belonging
from .taking_apart.apart import Apart

Masks: TypeAlias = NDArray[np.bool_]
"""Which parts stand, shape (n_masks, n_parts)."""
Ask: TypeAlias = Callable[[Masks], NDArray[np.float64]]
"""Tells how much the item, with the parts of each mask, belongs to the group of the record: shape (n_masks,)."""
SAME = 1e-6
"""Shares that differ by less are the same: the stages compute in float32."""


@dataclass(frozen=True)
class Asking:
    """Tells how much an item belongs to one group, with some of its parts alone."""

    apart: Apart
    column: int
    """The place of the group among all."""
    belonging: Belonging
    upstream: Upstream

    def __call__(self, masks: Masks) -> NDArray[np.float64]:
        steps = range(0, len(masks), self.apart.at_once)
        batches = ([self.apart.keeping(mask) for mask in masks[start : start + self.apart.at_once]] for start in steps)
        return np.concatenate([self._shares(items) for items in batches])

    def _shares(self, items: list[Any]) -> NDArray[np.float64]:
        """Return the share of each item; what an encoder refuses belongs to all groups alike."""
        try:
            rows = np.stack(items) if self.apart.is_row else self.upstream.matrix(items)
            return self.belonging.shares(rows, self.upstream)[:, self.column]
        except DataError as error:
            left = [place for place in range(len(items)) if place not in error.rows]
            if len(left) == len(items):
                raise
        found = np.full(len(items), 1 / len(self.belonging.groups))
        if left:
            found[left] = self._shares([items[place] for place in left])
        return found


def parts_that_matter(ask: Ask, n_parts: int) -> NDArray[np.int64]:
    """List the parts that matter near the whole item: without those that change nothing, alone and all of them together."""
    whole, *alone = ask(np.vstack([np.ones((1, n_parts), bool), ~np.eye(n_parts, dtype=bool)]))
    matter = np.abs(np.array(alone) - whole) > SAME
    if not matter.all() and abs(ask(matter[np.newaxis])[0] - whole) > SAME:
        return np.arange(n_parts)
    return np.flatnonzero(matter)


def about(parts: NDArray[np.int64], ask: Ask, n_parts: int) -> Ask:
    """Ask about some parts alone: the others stand always."""

    def asked(masks: Masks) -> NDArray[np.float64]:
        every = np.ones((len(masks), n_parts), bool)
        every[:, parts] = masks
        return ask(every)

    return asked
