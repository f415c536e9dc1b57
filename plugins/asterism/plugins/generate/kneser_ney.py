"""Interpolated modified Kneser-Ney smoothing on arrays (Chen and Goodman, "An empirical study of smoothing techniques", 1999).

A token is a number below `size`. A *stream* is texts one after the other, each ended by the end token; `starts` are the positions
where one begins. Every n-gram seen gets a number too: an n-gram is the number of its first n - 1 tokens (its context) and its last
token, so its key is ``context * size + token``, one int64 at any order, and its number is the place of that key among the sorted
keys of its order. What stands before the first token of a text is a context of its own, the start, numbered after all others. A
context that was never seen is -1; the arrays that are indexed by it have one more value at the end for that case.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
"""Used where a corpus is too small or too even for its own: half a step per count, the values customary for that case."""


@dataclass(frozen=True)
class Grams:
    """The n-grams of one order, sorted by key, and the probability that each takes and each context gives away."""

    keys: Integers
    """``context * size + token``; shape (n_grams,)."""
    masses: Floats
    """Discounted share of the n-gram among those of its context, then 0 for one never seen; shape (n_grams + 1,)."""
    backoffs: Floats
    """What a context (the start is the last) leaves to the next lower order, then 1 for one never seen; shape (n_contexts + 1,)."""
    discounts: Floats
    """What is taken off counts of 1, of 2, and of 3 or more; shape (3,)."""


def fit_grams(stream: Integers, starts: Integers, order: int, size: int) -> list[Grams]:
    """Count the n-grams of every order up to `order` and smooth them; the result is listed by order, 1 first."""
    keys, counts = _count(stream, starts, order, size)
    n_contexts = [1, *(len(of_order) + 1 for of_order in keys[:-1])]
    return [_smooth(*level, size) for level in zip(keys, counts, n_contexts, strict=True)]


def probabilities(stream: Integers, starts: Integers, grams: list[Grams], size: int) -> Floats:
    """Give the probability of each token of a stream after those before it in its text."""
    numbers, start = np.zeros(len(stream), np.int64), 0
    result = np.full(len(stream), 1 / size)
    for level in grams:
        context = contexts(numbers, starts, start)
        numbers, start = find(level.keys, context * size + stream), len(level.keys)
        result = result * level.backoffs[context] + level.masses[numbers]
    return result


def contexts(numbers: Integers, starts: Integers, start: int) -> Integers:
    """Shift the numbers of the n-grams that end at each place to the place after, with the start where a text begins."""
    shifted = np.empty_like(numbers)
    shifted[1:] = numbers[:-1]
    shifted[starts] = start
    return shifted


def find(keys: Integers, wanted: Integers) -> Integers:
    """Look up keys among sorted ones: their places, -1 where absent."""
    places = np.searchsorted(keys, wanted)
    places[places == len(keys)] = 0
    return np.where(keys[places] == wanted, places, -1)


def _count(stream: Integers, starts: Integers, order: int, size: int) -> tuple[list[Integers], list[Integers]]:
    """List the keys and counts of each order.

    Only the highest order counts what it saw; a lower one is asked only where the context of a higher one was not followed by the
    token, so it counts in how many different contexts its n-gram was seen.
    """
    all_keys: list[Integers] = []
    all_counts: list[Integers] = []
    numbers, start = np.zeros(len(stream), np.int64), 0
    by_token = _sort_by(stream, np.arange(len(stream)))
    for _ in range(order):
        context = contexts(numbers, starts, start)
        keys, counts, places, longer = _number(context * size + stream, context, by_token)
        if all_counts:
            all_counts[-1] = np.bincount(numbers[places], minlength=start)
        all_keys.append(keys)
        all_counts.append(counts)
        numbers, start = longer, len(keys)
    return all_keys, all_counts


def _number(keys: Integers, context: Integers, by_token: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Return the distinct keys, how often each stands, a place where it stands, and the number of each key given.

    The places in the order of their tokens are given, so that sorting them by context sorts the keys.
    """
    if keys.max() < 4 * len(keys):  # few possible keys (words, short runs of characters): a table is much faster than sorting
        return _number_by_table(keys)
    order = _sort_by(context, by_token)
    ordered = keys[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(first, append=len(keys))
    numbers = np.empty_like(keys)
    numbers[order] = np.repeat(np.arange(len(first)), counts)
    return ordered[first], counts, order[first], numbers


def _number_by_table(keys: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    counts = np.bincount(keys)
    distinct = np.flatnonzero(counts)
    place = np.empty_like(counts)
    place[keys] = np.arange(len(keys))
    return distinct, counts[distinct], place[distinct], (np.cumsum(counts > 0) - 1)[keys]


def _sort_by(values: Integers, order: Integers) -> Integers:
    """Sort places that are in some order by their values, equal ones staying in that order.

    16 bits at a time, the lowest first: NumPy sorts numbers that short in linear time, which halves the time of a fit.
    """
    for shift in range(0, int(values.max()).bit_length(), 16):
        order = order[np.argsort((values >> shift).astype(np.uint16)[order], kind="stable")]
    return order


def _smooth(keys: Integers, counts: Integers, n_contexts: int, size: int) -> Grams:
    discounts = _discounts(counts)
    taken = discounts[np.minimum(counts, 3) - 1]
    context = keys // size
    totals = np.bincount(context, counts, minlength=n_contexts)
    left = np.bincount(context, taken, minlength=n_contexts)
    backoffs = np.divide(left, totals, out=np.ones(n_contexts), where=totals > 0)
    return Grams(keys, np.append((counts - taken) / totals[context], 0.0), np.append(backoffs, 1.0), discounts)


def _discounts(counts: Integers) -> Floats:
    """Estimate the three discounts from how many n-grams were counted once to four times (Chen and Goodman, equation 26)."""
    ones, twos, threes, fours = np.bincount(np.minimum(counts, 5), minlength=5)[1:5]
    if min(ones, twos, threes, fours) == 0:
        return np.array(FALLBACK_DISCOUNTS)
    share = ones / (ones + 2 * twos)
    discounts = np.array([1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes])
    return discounts if discounts.min() > 0 else np.array(FALLBACK_DISCOUNTS)
