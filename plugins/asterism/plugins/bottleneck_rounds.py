"""The compiled part of the information bottleneck: rounds in which row after row leaves its group and joins the best one.

Importing this module loads numba, so whoever needs it imports it where it works. A row x of mass m(x) that joins a group t loses the
information ``(m(x) + m(t)) JS(x, t)``, the Jensen-Shannon divergence of their distributions weighted by their masses. With joint
masses s(t, w) and v(x, w) that is a sum of terms ``p log p`` over the columns of x alone, so a row costs its stored values times
the groups, one logarithm each.
"""

import math

import numpy as np
from numpy.typing import NDArray

from asterism.plugins.compiling import compiled

SETTLED = 1e-15
"""A row stays where it is unless another group is better by more than rounding."""


@compiled(fastmath=True)
def join_costs(
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    sums: NDArray[np.float64],
    logs: NDArray[np.float64],
    masses: NDArray[np.float64],
    costs: NDArray[np.float64],
) -> None:
    """Write what information is lost where a row joins each group, but for what is the same for all of them.

    `logs` holds ``s log s`` of the groups' joint masses `sums`, both of shape (n_features, n_groups).
    """
    mass = values.sum()
    for group in range(costs.shape[0]):
        joined = masses[group] + mass
        costs[group] = joined * math.log(joined) - masses[group] * math.log(masses[group])
    for place in range(columns.shape[0]):
        column, value = columns[place], values[place]
        alone = value * math.log(value)
        for group in range(costs.shape[0]):
            before = sums[column, group]
            if before > 0:  # most groups hold only some of the columns, and a logarithm is what takes the time
                joined = before + value
                costs[group] += logs[column, group] - joined * math.log(joined)
            else:
                costs[group] -= alone


@compiled()
def move_row(
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    sign: float,
    sums: NDArray[np.float64],
    logs: NDArray[np.float64],
    masses: NDArray[np.float64],
    group: int,
) -> None:
    """Add a row to a group (`sign` 1), or take it out (-1)."""
    for place in range(columns.shape[0]):
        left = max(0.0, sums[columns[place], group] + sign * values[place])
        sums[columns[place], group] = left
        logs[columns[place], group] = left * math.log(left) if left > 0 else 0.0
        masses[group] += sign * values[place]


@compiled(nogil=True)
def one_round(
    ends: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    order: NDArray[np.int64],
    labels: NDArray[np.int64],
    sizes: NDArray[np.int64],
    sums: NDArray[np.float64],
    logs: NDArray[np.float64],
    masses: NDArray[np.float64],
) -> int:
    """Let every row, in the given order, leave its group and join the best one; return how many moved. No group loses its last row."""
    costs = np.empty(masses.shape[0])
    moved = 0
    for row in order:
        before = labels[row]
        begin, end = ends[row], ends[row + 1]
        if sizes[before] <= 1:
            continue
        move_row(columns[begin:end], values[begin:end], -1.0, sums, logs, masses, before)
        join_costs(columns[begin:end], values[begin:end], sums, logs, masses, costs)
        best = np.argmin(costs)
        if costs[before] <= costs[best] + SETTLED:
            best = before
        move_row(columns[begin:end], values[begin:end], 1.0, sums, logs, masses, best)
        if best != before:
            labels[row] = best
            sizes[before] -= 1
            sizes[best] += 1
            moved += 1
    return moved


@compiled(nogil=True)
def nearest_groups(
    ends: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float64],
    sums: NDArray[np.float64],
    logs: NDArray[np.float64],
    masses: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Tell for each row which group loses the least information by it, the first of equals."""
    costs = np.empty(masses.shape[0])
    labels = np.empty(ends.shape[0] - 1, np.int64)
    for row in range(labels.shape[0]):
        join_costs(columns[ends[row] : ends[row + 1]], values[ends[row] : ends[row + 1]], sums, logs, masses, costs)
        labels[row] = np.argmin(costs)
    return labels
