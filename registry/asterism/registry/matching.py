"""Which group of one run is which group of another: both numberings are of the same records, in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asterism.framework.errors import DataError
from asterism.framework.values import Labels

MOST_PAIRS = 10**8
"""Pairs of groups whose overlap is counted: 10,000 groups on each side take 2 GB and some seconds."""


@dataclass(frozen=True, eq=False)
class Overlap:
    """How many records each pair of groups shares; the -1 of records in no group takes no part."""

    before: list[int]
    """The groups of the earlier run, ascending."""
    after: list[int]
    """The groups of the later run, ascending."""
    counts: NDArray[np.int64]
    """Records that a group of `before` (row) and one of `after` (column) share."""


def count_overlap(before: Labels, after: Labels) -> Overlap:
    """Count the records that groups share; row by row, `before` and `after` tell of the same record."""
    grouped = (np.asarray(before) >= 0) & (np.asarray(after) >= 0)
    rows, row_of = np.unique(np.asarray(before)[grouped], return_inverse=True)
    columns, column_of = np.unique(np.asarray(after)[grouped], return_inverse=True)
    if len(rows) * len(columns) > MOST_PAIRS:
        raise DataError(f"{len(rows):,} and {len(columns):,} groups are too many to be matched", hint="a run of fewer groups can be")
    counts = np.bincount(row_of * len(columns) + column_of, minlength=len(rows) * len(columns))
    return Overlap(rows.tolist(), columns.tolist(), counts.reshape(len(rows), len(columns)))


def match_groups(overlap: Overlap) -> dict[int, int]:
    """Pair groups one to one so that pairs share as many records as can be, and return the earlier group of each later one.

    This is the assignment problem (Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 1955).
    A pair that shares no record is no match. The order of the records does not matter.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(overlap.counts, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {overlap.after[column]: overlap.before[row] for row, column in pairs if overlap.counts[row, column]}


def stable_numbers(matches: Mapping[int, int], before: Labels, after: Labels) -> dict[int, int]:
    """Give every group of `after` the number that it is to have: that of its match, or else one that the earlier run did not use.

    Groups without match are numbered from the largest number of `before` + 1, the largest group first and of equal ones the one with
    the smaller number. `before` and `after` may have other records than those that `matches` rests on.
    """
    groups, sizes = np.unique(after, return_counts=True)
    by_size = groups[np.argsort(-sizes, kind="stable")].tolist()
    fresh = [group for group in by_size if group >= 0 and group not in matches]
    first = int(np.max(before, initial=-1)) + 1
    return {**matches, **{group: number for number, group in enumerate(fresh, first)}}
