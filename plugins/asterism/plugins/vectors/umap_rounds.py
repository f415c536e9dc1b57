"""The compiled part of UMAP: how strongly near rows belong together, and the rounds that pull and push the places of a map.

Importing this module loads numba, so whoever needs it imports it where it works. The arithmetic (types, order, random numbers) is that of
umap-learn, so that a seed gives the map it gives there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

SEEDS = (np.iinfo(np.int32).min + 1, np.iinfo(np.int32).max - 1)
"""Between these the words of the random generator start."""


@dataclass(frozen=True)
class Forces:
    """How far rows move in a round, and how much they push each other away."""

    learning_rate: float
    negative_sample_rate: int
    repulsion_strength: float


@compiled(locals={"strength": types.float32})
def strengths(
    rows: NDArray[np.int64], distances: NDArray[np.float32], bandwidth: NDArray[np.float32], nearest: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Say how strongly each row belongs to its nearest `rows`, shape (n, k): 1 for the nearest, falling to 0; 0 for itself."""
    found = np.zeros(rows.shape, np.float32)
    for row in range(rows.shape[0]):
        for place in range(rows.shape[1]):
            if rows[row, place] == row:
                strength = 0.0
            elif distances[row, place] - nearest[row] <= 0.0:
                strength = 1.0
            else:
                strength = np.exp(-((distances[row, place] - nearest[row]) / bandwidth[row]))
            found[row, place] = strength
    return found


@compiled()
def next_random(state: NDArray[np.int64]) -> np.int32:
    """Draw a 32-bit number from a combined Tausworthe generator of three words (L'Ecuyer 1996)."""
    state[0] = (((state[0] & 4294967294) << 12) & 0xFFFFFFFF) ^ ((((state[0] << 13) & 0xFFFFFFFF) ^ state[0]) >> 19)
    state[1] = (((state[1] & 4294967288) << 4) & 0xFFFFFFFF) ^ ((((state[1] << 2) & 0xFFFFFFFF) ^ state[1]) >> 25)
    state[2] = (((state[2] & 4294967280) << 17) & 0xFFFFFFFF) ^ ((((state[2] << 3) & 0xFFFFFFFF) ^ state[2]) >> 11)
    return np.int32(state[0] ^ state[1] ^ state[2])


@compiled(fastmath=True, locals={"total": types.float32, "difference": types.float32})
def squared_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Sum the squared differences of two places."""
    total = 0.0
    for axis in range(one.shape[0]):
        difference = one[axis] - other[axis]
        total += difference * difference
    return total


@compiled(fastmath=True)
def pull(one: NDArray[np.float32], other: NDArray[np.float32], a: float, b: float, rate: float) -> None:
    """Move two places towards each other."""
    distance = squared_distance(one, other)
    slope = 0.0
    if distance > 0.0:
        slope = -2.0 * a * b * pow(distance, b - 1.0)
        slope /= a * pow(distance, b) + 1.0
    for axis in range(one.shape[0]):
        step = clip(slope * (one[axis] - other[axis]))
        one[axis] += step * rate
        other[axis] += -step * rate


@compiled(fastmath=True)
def push(one: NDArray[np.float32], other: NDArray[np.float32], a: float, b: float, repulsion: float, rate: float) -> None:
    """Move the first place away from the other."""
    distance = squared_distance(one, other)
    if distance > 0.0:
        slope = 2.0 * repulsion * b
        slope /= (0.001 + distance) * (a * pow(distance, b) + 1)
        for axis in range(one.shape[0]):
            one[axis] += clip(slope * (one[axis] - other[axis])) * rate


@compiled()
def clip(value: float) -> float:
    """Keep one step along one axis within 4."""
    if value > 4.0:
        return 4.0
    if value < -4.0:
        return -4.0
    return value


@compiled(fastmath=True, nogil=True)
def run_round(
    places: NDArray[np.float32],
    heads: NDArray[np.int32],
    tails: NDArray[np.int32],
    every: NDArray[np.float64],
    due: NDArray[np.float64],
    every_push: NDArray[np.float64],
    due_push: NDArray[np.float64],
    states: NDArray[np.int64],
    a: float,
    b: float,
    repulsion: float,
    rate: float,
    now: int,
) -> None:
    """Move `places`, in place, once: each edge that is due pulls its ends together, and rows drawn at random push its head."""
    n_rows = places.shape[0]
    for edge in range(every.shape[0]):
        if due[edge] <= now:
            head = heads[edge]
            place, state = places[head], states[head]
            pull(place, places[tails[edge]], a, b, rate)
            due[edge] += every[edge]
            pushes = int((now - due_push[edge]) / every_push[edge])
            for _ in range(pushes):
                push(place, places[next_random(state) % n_rows], a, b, repulsion, rate)
            due_push[edge] += pushes * every_push[edge]


def lay_out(
    graph: Any, start: NDArray[Any], n_epochs: int, curve: tuple[float, float], forces: Forces, random: np.random.RandomState
) -> NDArray[np.float32]:
    """Move rows from their places at the `start`, shape (n, n_components), through all rounds, and return where they end.

    `graph` is a COO matrix of strengths: an edge half as strong as the strongest is taken up every second round. `curve` holds
    a and b of the strength on the map, ``1 / (1 + a * distance^(2 b))``.
    """
    span = start.max(axis=0) - start.min(axis=0)
    places: NDArray[np.float32] = (10.0 * (start - start.min(axis=0)) / np.where(span > 0, span, 1)).astype(np.float32, order="C")
    every = n_epochs / (n_epochs * (graph.data / graph.data.max())).astype(np.float64)
    every_push = every / forces.negative_sample_rate
    due, due_push, rate = every.copy(), every_push.copy(), forces.learning_rate
    states = random.randint(*SEEDS, 3).astype(np.int64) + places[:, :1].astype(np.float64).view(np.int64)
    for now in range(n_epochs):
        schedule = (every, due, every_push, due_push)
        run_round(places, graph.row, graph.col, *schedule, states, *curve, forces.repulsion_strength, rate, now)
        rate = forces.learning_rate * (1.0 - now / n_epochs)
    return places
