"""Scores of classes that were given names, against the known classes of a target column."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, report_problem


def accuracy(labels: Labels, targets: Sequence[str], topics: Any) -> float | None:
    """Return the accuracy: share of records whose class has the name of the known one.

    A record of no class counts as wrong; upper and lower case are the same. None for topics that are no classes, and where no class
    has the name of a known one, which is reported.
    """
    pairs = _pairs(labels, targets, topics)
    return None if pairs is None else float(np.mean(pairs[0] == pairs[1]))


def macro_f1(labels: Labels, targets: Sequence[str], topics: Any) -> float | None:
    """Return the macro F1: mean over the known classes of the harmonic mean of precision and recall, 1 is full.

    Each class counts alike, however few records it has. None as for `accuracy`.
    """
    pairs = _pairs(labels, targets, topics)
    if pairs is None:
        return None
    given, known = pairs
    classes = np.unique(known)
    hits = [np.sum((given == name) & (known == name)) for name in classes]
    sizes = [np.sum(given == name) + np.sum(known == name) for name in classes]
    return float(np.mean(2 * np.array(hits) / np.array(sizes)))


def _pairs(labels: Labels, targets: Sequence[str], topics: Any) -> tuple[NDArray[np.str_], NDArray[np.str_]] | None:
    """Return the names of the given and of the known class of each record."""
    names = getattr(topics, "class_names_", None)
    if names is None or not len(labels):
        return None
    names = np.array([*(name.casefold() for name in names), ""])  # the last one is that of -1
    known = np.array([target.casefold() for target in targets])
    if not np.isin(names, known).any():
        report_problem(f"no class of {', '.join(topics.class_names_[:5])} has the name of a known class, such as {targets[0]!r}")
        return None
    return names[labels], known
