"""How a number grows with the records: ``base + rate * n ** power``, fitted to what samples showed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POWERS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
GOOD_ENOUGH, GOOD_ENOUGH_EXACT = 0.08, 0.01
"""Relative error of a fit with which no other power is looked for: two measurements of one time differ by as much, of bytes by less."""
CLEARLY_BETTER = 0.6
"""Another power has to bring the error below this share of what growth in step with the records leaves."""
STEEPER = 0.35
"""How far both of the last two steps have to be above growth in step with the records before a higher power is believed."""
NAMES = {0.5: "the square root of the records", 1.0: "the records", 2.0: "the square of the records", 3.0: "the cube of the records"}


@dataclass(frozen=True)
class Growth:
    """A curve through what samples showed."""

    base: float = 0.0
    rate: float = 0.0
    power: float = 1.0

    def at(self, n: int) -> float:
        """Return what it says for `n` records."""
        return self.base + self.rate * math.pow(n, self.power)

    @property
    def words(self) -> str:
        """What it grows with, for a person."""
        return NAMES.get(self.power, f"the records to the power of {self.power:g}") if self.rate else "nothing"


def fit_growth(seen: Mapping[int, float], floor: float = 0.0, *, exact: bool = False) -> Growth:
    """Fit a curve to numbers by count of records, in ascending order; differences below `floor` are noise.

    Nothing takes less for more records: where it seems so, the machine was busy with something else, and the lower number counts.
    Numbers that are `exact`, bytes and not seconds, may also grow by a power below one. One count alone cannot tell, and is taken to
    grow in step with the records.
    """
    counts = np.array(list(seen), float)
    values = np.minimum.accumulate(np.array(list(seen.values()), float)[::-1])[::-1]
    if len(counts) == 1:
        return Growth(rate=float(values[0] / counts[0]))
    if np.ptp(values) <= floor:
        return Growth(base=float(values.mean()))
    weights = np.sqrt(counts / counts.max()) / np.maximum(values, max(floor, 1e-12))  # what is nearer to the whole counts more
    powers = [power for power in POWERS if (0.5 if exact else 1.0) <= power <= _steepest(counts, values)]
    fits = {power: _fit_power(counts, values, weights, power) for power in powers}
    error, curve = fits[1.0]
    best_error, best = min(fits.values(), key=lambda fit: fit[0])
    good_enough = GOOD_ENOUGH_EXACT if exact else GOOD_ENOUGH
    return best if error > good_enough and best_error < CLEARLY_BETTER * error else curve


def _steepest(counts: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Return the highest power to believe in: that of the last step, a little rounded up, where the step before it was steep too."""
    if len(counts) < 3 or values[0] <= 0:
        return 1.0
    steps = np.diff(np.log(values)) / np.diff(np.log(counts))
    return float(steps[-1]) + 0.25 if steps[-2:].min() > 1 + STEEPER else 1.0


def _fit_power(
    counts: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.float64], power: float
) -> tuple[float, Growth]:
    """Fit base and rate, neither below zero; return the relative error too."""
    basis = np.stack([np.ones(len(counts)), counts**power], axis=1) * weights[:, np.newaxis]
    target = values * weights
    base, rate = np.linalg.lstsq(basis, target, rcond=None)[0]
    if base < 0:
        base, rate = 0.0, basis[:, 1] @ target / (basis[:, 1] @ basis[:, 1])
    elif rate < 0:
        base, rate = basis[:, 0] @ target / (basis[:, 0] @ basis[:, 0]), 0.0
    error = np.sqrt(np.mean((basis @ [base, rate] - target) ** 2))
    return float(error), Growth(float(base), float(rate), power)


def power_law(seen: Mapping[int, float]) -> Growth:
    """Fit ``rate * n ** power`` with a power from 0 to 1 to two counts of records or more: vocabularies grow so (Heaps, 1978)."""
    counts, values = np.array(list(seen), float), np.array(list(seen.values()), float)
    if len(counts) == 1 or not values.all() or np.ptp(values) == 0:
        return Growth(base=float(values[-1]))
    power = float(np.clip(np.polyfit(np.log(counts), np.log(values), 1)[0], 0.0, 1.0))
    return Growth(rate=float(values[-1] / counts[-1] ** power), power=power)
