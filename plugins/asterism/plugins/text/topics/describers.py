"""What there is to say of each topic besides its words: its name, its typical texts, its nearest kin, and its course over time."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix, in_detail

from .likeness import cosines, group_means
from .tree import join
from .weights import TermWeights, highest, scaled_columns, sum_rows

PREVIEW = 120
"""Characters of a text that are shown."""
MOST_PERIODS = 20
"""Times are told as days, months or years: the shortest of which there are not more than this, or else so many spans of years."""
LENGTHS = {10: r"\d{4}-\d\d-\d\d", 7: r"\d{4}-\d\d", 4: r"\d{4}"}
"""How many characters of a time tell the day, the month, the year."""


def names(topics: Any) -> dict[int, list[str]] | None:
    """Return the name that each topic was given, or the class that it stands for; None where none was given."""
    given: dict[int, str] = getattr(topics, "topic_names_", {})
    return {topic: [name] for topic, name in given.items()} or None


@in_detail
def documents(labels: Labels, matrix: Matrix, records: Sequence[str], n: int = 3) -> dict[int, list[str]] | None:
    """Return for each group the begin of the `n` texts nearest by cosine to the mean of its rows, the nearest first.

    No other text is decoded. Group -1 is left out. None where the records are no texts.
    """
    if getattr(records, "modality", "text") != "text":
        return None
    rows_of = nearest_rows(labels, matrix, n)
    wanted = sorted({row for rows in rows_of.values() for row in rows})
    texts = records.take(wanted) if hasattr(records, "take") else [records[row] for row in wanted]
    shown = {row: preview(text) for row, text in zip(wanted, texts, strict=True)}
    return {group: [shown[row] for row in rows] for group, rows in rows_of.items()}


def nearest_rows(labels: Labels, matrix: Matrix, n: int) -> dict[int, list[int]]:
    """Return for each group the `n` rows nearest by cosine to the mean of its rows; equals stay in their order."""
    groups = np.unique(labels[labels >= 0])
    means = group_means(labels, groups, matrix)
    order = np.argsort(labels, kind="stable")
    spans = np.split(order, np.searchsorted(labels[order], groups))[1:]
    nearest = {}
    for place, (group, rows) in enumerate(zip(groups.tolist(), spans, strict=True)):
        alike = cosines(matrix[rows], means[place : place + 1]).ravel()
        nearest[group] = rows[np.argsort(-np.round(alike, 12), kind="stable")[:n]].tolist()
    return nearest


def preview(text: str) -> str:
    """Show the begin of a text on one line."""
    line = " ".join(text[: 5 * PREVIEW].split())
    return line if len(line) <= PREVIEW else f"{line[: PREVIEW - 1]}…"


@in_detail
def hierarchy(labels: Labels, terms: Sequence[str], term_matrix: Matrix) -> dict[int, list[str]] | None:
    """Return for each group what it joins first, and at which cosine distance, when the most alike ones are joined again and again.

    None where there is one group alone. `asterism.plugins.text.topics.tree.draw` draws the whole tree.
    """
    weights = TermWeights.of(labels, term_matrix)
    linkage = join(weights.weights)
    numbers = weights.groups.tolist()
    members = [[number] for number in numbers]
    joins: dict[int, list[str]] = {}
    for one, other, distance, _ in linkage:
        pair = members[int(one)], members[int(other)]
        for mine, theirs in (pair, pair[::-1]):
            if len(mine) == 1:
                joins[mine[0]] = [f"with {_listed(theirs)} at {distance:.2f}"]
        members.append(sorted(pair[0] + pair[1]))
    return {number: joins[number] for number in numbers} if joins else None


@in_detail
def over_time(labels: Labels, times: Sequence[str], terms: Sequence[str], term_matrix: Matrix, n: int = 3) -> dict[int, list[str]] | None:
    """Return for each group a text for each period: its records there, and the `n` words that mark it in that period.

    Parameters
    ----------
    times
        Time of each record in the form of ISO 8601, such as 1987-03-24 or 1987; a record with another one is left out.
    n
        How many words are told: those of the highest sum in the period times the factor of class-based TF-IDF.

    Periods are the days, months or years of the times, whichever are the shortest of which there are at most 20, or spans of 5, 10, 20, 50
    or more years. None where no time can be read. As in Grootendorst, arXiv:2203.05794 (2022), without smoothing over time.
    """
    periods = _periods(times)
    if periods is None:
        return None
    weights = TermWeights.of(labels, term_matrix)
    lines: dict[int, list[str]] = {int(group): [] for group in weights.groups}
    for period in sorted(set(periods) - {""}):
        here = np.where(periods == period, labels, -1)
        sums = scaled_columns(sum_rows(here, weights.groups, term_matrix), weights.factors)
        for place, group in enumerate(weights.groups.tolist()):
            if count := np.count_nonzero(here == group):
                words = ", ".join(str(terms[column]) for column in highest(sums[place], n))
                lines[group].append(f"{period}: {count:,} ({words})")
    return lines


def _periods(times: Sequence[str]) -> NDArray[np.str_] | None:
    """Name the period of each time, empty where it cannot be read; None where none can."""
    texts = [str(time).strip() for time in times]
    told = [next((length for length, form in LENGTHS.items() if re.match(form, text)), 0) for text in texts]
    if not any(told):
        return None
    for length in LENGTHS:
        found = np.array([text[: min(length, known)] for text, known in zip(texts, told, strict=True)])
        if length <= min(known for known in told if known) and len(set(found) - {""}) <= MOST_PERIODS:
            return found
    return _spans(found)


def _spans(years: NDArray[np.str_]) -> NDArray[np.str_]:
    numbers = np.array([int(year or -1) for year in years])
    known = numbers[numbers >= 0]
    steps = (factor * 10**power for power in range(4) for factor in (5, 10, 20))
    step = next(step for step in steps if len(np.unique(known // step)) <= MOST_PERIODS)
    first = numbers // step * step
    return np.array([f"{begin}-{begin + step - 1}" if number >= 0 else "" for begin, number in zip(first, numbers, strict=True)])


def _listed(numbers: Sequence[int], most: int = 5) -> str:
    shown = ", ".join(map(str, numbers[:most]))
    return f"{shown} and {len(numbers) - most} more" if len(numbers) > most else shown
