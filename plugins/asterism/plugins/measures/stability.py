"""Whether a clusterer finds the same groups again in other records of the same kind."""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Clusterer, DataError, Labels, Matrix, on_request
from asterism.framework.problems import problems_to

from .agreement import ari
from .distances import sample

SAMPLE = 10_000
"""The rounds draw from so many records."""

LEAST = 6
"""Records, so that samples share two: one record alone is always grouped alike."""


@on_request
def stability(clusterer: Clusterer, labels: Labels, matrix: Matrix, rounds: int = 5, random_state: int = 0) -> float | None:
    """Return the stability: whether other samples give the same groups, 1 always to 0 by chance.

    In each round, copies of the clusterer are fitted to two samples of two thirds of the records each, which share one third. The adjusted
    Rand index compares the groups of the records shared; the mean over `rounds` is returned. (Ben-Hur, Elisseeff and Guyon, PSB 2002, with
    two thirds for their 80 percent, so that the samples have as many records apart as together.) Above 10,000 records, all rounds draw from
    a sample of so many: fields that speak of density then fit less.

    What the fits report is not passed on. None where there are fewer than two groups to judge, fewer than 6 records, or too few to fit.
    """
    if len(np.unique(labels)) < 2 or len(labels) < LEAST:
        return None
    rows = sample(len(labels), SAMPLE, random_state)
    random = np.random.default_rng(random_state)
    try:
        return float(np.mean([_agreement(clusterer, matrix, *_thirds(rows, random)) for _ in range(rounds)]))
    except DataError:  # fewer records than groups or neighbours: what suits all of them need not suit two thirds
        return None


def _thirds(rows: NDArray[np.int64], random: np.random.Generator) -> list[NDArray[np.int64]]:
    return np.array_split(random.permutation(rows), 3)


def _agreement(clusterer: Clusterer, matrix: Matrix, shared: NDArray[np.int64], *others: NDArray[np.int64]) -> float:
    """Compare the groups that two fits find in the rows `shared`, each beside `others` of its own."""
    first, second = (_refitted(clusterer, matrix[np.concatenate([shared, own])])[: len(shared)] for own in others)
    return ari(first, [str(group) for group in second])


def _refitted(clusterer: Clusterer, matrix: Matrix) -> Labels:
    copy = type(clusterer)(**deepcopy(clusterer.get_params(deep=False)))
    with problems_to(lambda problem: None):
        return copy.fit_predict(matrix)
