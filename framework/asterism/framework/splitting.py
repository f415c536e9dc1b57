"""Take some events out of a log, to see later whether a recommender that never saw them would have found them.

Each split gives two logs over the same users in the same order: ``train``, what is learned from, and ``held_out``, what is to be found. A
user may have no event in either: one without history is an ordinary case. Each log has the items that occur in it, so that a recommender
learns nothing of an item, not even that it exists, from events that are held out. An item that is held out and that its user also has in
``train`` cannot be found anew: such events are in neither log, and reported.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError
from .problems import report_problem
from .values import Interactions


def leave_last_out(interactions: Interactions) -> tuple[Interactions, Interactions]:
    """Hold out the last event of each user who has at least two; return ``train`` and ``held_out``.

    `DataError` where no user has two events.
    """
    ends = interactions.indptr[1:][np.diff(interactions.indptr) >= 2]
    chosen = np.zeros(len(interactions.indices), bool)
    chosen[ends - 1] = True
    return _parted(interactions, chosen, "give it users with at least two events")


def random_split(interactions: Interactions, share: float = 0.2, random_state: int = 0) -> tuple[Interactions, Interactions]:
    """Hold out a `share` of all events, drawn at random over all users; return ``train`` and ``held_out``.

    `DataError` where `share` is not above 0 and below 1, or nothing is left on one side.
    """
    n_events = len(interactions.indices)
    drawn = np.random.default_rng(random_state).permutation(n_events)[: _count(n_events, share)]
    chosen = np.zeros(n_events, bool)
    chosen[drawn] = True
    return _parted(interactions, chosen, "choose another share, or give it more events")


def time_split(interactions: Interactions, share: float = 0.2) -> tuple[Interactions, Interactions]:
    """Hold out the latest `share` of all events, whoever's they are; return ``train`` and ``held_out``.

    Events of one moment stay together, on the side of ``train``. `DataError` where the events have no times, `share` is not above 0 and
    below 1, or nothing is left on one side.
    """
    if interactions.times is None:
        raise DataError("the events have no times to split by", hint="name the column that holds them, or split in another way")
    n_events = len(interactions.indices)
    n_train = n_events - _count(n_events, share)
    moment = np.sort(interactions.times)[n_train - 1] if n_train else -np.inf
    return _parted(interactions, interactions.times > moment, "too many events are of one moment for this share: choose a larger one")


def _count(n_events: int, share: float) -> int:
    """Return how many events are held out."""
    if not 0 < share < 1:
        hint = "0.2 holds out every fifth event"
        raise DataError(f"the share of events to hold out must be above 0 and below 1 (got {share:g})", hint=hint)
    return round(share * n_events)


def _parted(interactions: Interactions, chosen: NDArray[np.bool_], hint: str) -> tuple[Interactions, Interactions]:
    """Put the events that are `chosen` into the second log, the others into the first."""
    if chosen.all() or not chosen.any():
        what = "learn from" if len(chosen) and chosen.all() else "hold out"
        raise DataError(f"there is no event to {what} (got {len(chosen):,} events of {len(interactions):,} users)", hint=hint)
    pairs = interactions.owners * len(interactions.items) + interactions.indices
    repeated = chosen.copy()
    repeated[chosen] = np.isin(pairs[chosen], pairs[~chosen])
    if n_repeated := int(repeated.sum()):
        _tell_of_repeated(n_repeated, int(chosen.sum()), hint)
    return _having(interactions, ~chosen), _having(interactions, chosen & ~repeated)


def _tell_of_repeated(n_repeated: int, n_chosen: int, hint: str) -> None:
    if n_repeated == n_chosen:
        raise DataError(
            f"all {n_chosen:,} events to hold out are of items that their users touched before: nothing new is to be found", hint=hint
        )
    message = f"{n_repeated:,} events that were held out are of items that their users have in the rest too: they count for nothing"
    report_problem(message, count=n_repeated, expected=True)


def _having(interactions: Interactions, kept: NDArray[np.bool_]) -> Interactions:
    """Return some events of all users, over the items that occur among them."""
    indptr = np.concatenate([[0], np.cumsum(kept)])[interactions.indptr].astype(np.int64)
    occurs = np.bincount(interactions.indices[kept], minlength=len(interactions.items)) > 0
    items = [interactions.items[column] for column in np.flatnonzero(occurs)]
    indices = (np.cumsum(occurs) - 1)[interactions.indices[kept]]
    times: Any = None if interactions.times is None else interactions.times[kept]
    return Interactions(interactions.users, items, indptr, indices, interactions.weights[kept], times)
