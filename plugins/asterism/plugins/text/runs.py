"""Runs of words or characters as numbers: a run is the one that is shorter by a unit, and its last unit."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .spans import tell_numbers_apart

Numbers = NDArray[Any]


class Level(NamedTuple):
    """The different runs of one length."""

    begins: Numbers
    """Code of the run without its last unit, among those of the level before."""
    lasts: Numbers
    """Code of the last unit."""


class Found(NamedTuple):
    """The runs of some texts."""

    levels: list[Level]
    """The different runs of 2, 3, ... units."""
    rows: Numbers
    """Text of each run."""
    codes: Numbers
    """Code of each run: that of the unit, or beyond the units the place of the run in the levels."""


def find_runs(codes: NDArray[np.int32], texts: NDArray[np.int32], n_units: int, ngram_range: tuple[int, int]) -> Found:
    """Find the runs of texts whose units are given by code, with the text that each is in; those shorter than wanted have no rows."""
    shortest, longest = ngram_range
    levels, rows, found, offset = list[Level](), [texts], [codes], n_units
    at, runs = np.arange(len(codes)), codes
    for size in range(2, longest + 1):
        kept = _begin_a_run(texts, at, size)
        at = at[kept]
        numbers, runs = tell_numbers_apart(_pair(runs[kept], codes[at + size - 1]))
        levels.append(_unpair(numbers))
        rows.append(texts[at])
        found.append(runs + offset)
        offset += len(numbers)
    wanted = slice(shortest - 1, longest)
    return Found(levels, _joined(rows[wanted]), _joined(found[wanted]))


def _joined(arrays: list[Numbers]) -> Numbers:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _begin_a_run(texts: Numbers, at: Numbers, size: int) -> NDArray[np.bool_]:
    """Tell at which places a run of `size` units begins that is not cut off by the end of its text."""
    last = np.minimum(at + size - 1, len(texts) - 1)
    kept: NDArray[np.bool_] = (texts[last] == texts[at]) & (at + size <= len(texts))
    return kept


def _pair(begins: Numbers, lasts: Numbers) -> NDArray[np.int64]:
    return (begins.astype(np.int64) << 32) | lasts


def _unpair(numbers: NDArray[np.int64]) -> Level:
    return Level(numbers >> 32, numbers & 0xFFFFFFFF)


def unite(parts: list[list[Level]], n_units: list[int]) -> tuple[list[Level], list[Numbers]]:
    """Unite the runs of parts of a corpus, whose units have the same codes.

    Returns the levels of the whole, and for each part the code in the whole of each of its codes; `n_units` tells how many units were
    known at the end of each part.
    """
    codes: list[list[Numbers]] = [[np.arange(known)] for known in n_units]
    places: list[Numbers] = [np.arange(known) for known in n_units]
    levels, offset = list[Level](), n_units[-1]
    for size in range(len(parts[0])):
        ours = [_pair(place[part[size].begins], part[size].lasts) for part, place in zip(parts, places, strict=True)]
        numbers, united = tell_numbers_apart(np.concatenate(ours))
        levels.append(_unpair(numbers))
        places = np.split(united, np.cumsum([len(some) for some in ours])[:-1])
        for known, place in zip(codes, places, strict=True):
            known.append(place + offset)
        offset += len(numbers)
    return levels, [np.concatenate(known) for known in codes]


@dataclass(frozen=True)
class Terms:
    """The terms of a corpus by code: its units, then the runs of 2, 3, ... of them; a name is made where it is asked for."""

    units: list[str]
    levels: list[Level]
    joiner: str
    """What stands between the units of a run."""

    def __len__(self) -> int:
        return int(self._ends[-1])

    @cached_property
    def _ends(self) -> Numbers:
        return np.cumsum([len(self.units), *(len(level.lasts) for level in self.levels)])

    def names(self, codes: Numbers) -> list[str]:
        """Return the names of some."""
        if not self.levels:
            return list(map(self.units.__getitem__, codes.tolist()))
        names = np.empty(len(codes), object)
        for size, (here, units) in enumerate(self._by_size(codes), 1):
            names[here] = self._named(units) if size > 1 else list(map(self.units.__getitem__, units[0].tolist()))
        return names.tolist()

    def _named(self, units: list[Numbers]) -> list[str]:
        columns = [map(self.units.__getitem__, column.tolist()) for column in units]
        return list(map(self.joiner.join, zip(*columns, strict=True)))

    def _by_size(self, codes: Numbers) -> list[tuple[Numbers, list[Numbers]]]:
        """Tell for each length which of the codes are such runs, and the units of those, first to last."""
        sizes = np.searchsorted(self._ends, codes, side="right")
        places = [np.flatnonzero(sizes == size) for size in range(len(self._ends))]
        return [(here, self._units_of(codes[here], size)) for size, here in enumerate(places)]

    def _units_of(self, codes: Numbers, size: int) -> list[Numbers]:
        if size == 0:
            return [codes]
        inside, units = codes - self._ends[size - 1], list[Numbers]()
        for level in self.levels[size - 1 :: -1]:
            units.append(level.lasts[inside])
            inside = level.begins[inside]
        return [inside, *reversed(units)]

    def in_order(self, codes: Numbers) -> Numbers:
        """Return the codes in the alphabetical order of their names."""
        if not self.levels:
            return np.array(sorted(codes.tolist(), key=self.units.__getitem__), np.int64)
        # No unit of a run holds a sign before the blank (see `plain`), so that the order by units is that of the names.
        keys = np.zeros((len(self.levels) + 1, len(codes)), np.int64)
        rank = self._rank_of_unit()
        for here, units in self._by_size(codes):
            for place, column in enumerate(units):
                keys[place, here] = rank[column]
        return codes[_order_by(keys, len(self.units) + 1)]

    def _rank_of_unit(self) -> Numbers:
        rank = np.empty(len(self.units), np.int64)
        rank[sorted(range(len(self.units)), key=self.units.__getitem__)] = np.arange(1, len(self.units) + 1)
        return rank

    def needs_names(self) -> bool:
        """Tell whether runs of different units may have one name, or another order than their units: where a unit holds a blank."""
        return bool(self.joiner and self.levels) and any(unit and min(unit) <= self.joiner for unit in self.units)


def _order_by(keys: Numbers, n_ranks: int) -> Numbers:
    """Return the order of the columns of `keys`, first row first; in one number where it holds them, which sorts faster."""
    if n_ranks ** len(keys) >= 2**63:
        return np.lexsort(keys[::-1])
    number = keys[0]
    for row in keys[1:]:
        number = number * n_ranks + row
    return np.argsort(number)
