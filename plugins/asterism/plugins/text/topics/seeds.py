"""Seed words: what a person says that a topic, or a class, is about."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, report_problem

from .weights import unit_rows

Seeds = Mapping[str, Sequence[str]]
"""Seed words by name."""


def seed_table(seeds: Seeds, terms: Sequence[str], names_count: bool = False) -> Any:
    """Tell which term is a seed of which set, as 1: float64 CSR of shape (n_terms, n_sets).

    A seed that is no term counts as the words in it; what is still unknown is reported. Where names count, the name of a set is
    a seed of it too, if it is known.
    """
    from scipy.sparse import csr_matrix

    column_of = {str(term): column for column, term in enumerate(terms)}
    cells, unknown = set[tuple[int, int]](), list[str]()
    for place, (name, words) in enumerate(seeds.items()):
        cells |= {(column, place) for column in _columns(name, column_of) if names_count}
        for word in words:
            found = _columns(word, column_of)
            cells |= {(column, place) for column in found}
            unknown += [] if found else [word]
    if unknown:
        report_problem(f"seed words that no text holds: {', '.join(unknown[:10])}", count=len(unknown))
    rows, columns = zip(*sorted(cells), strict=True) if cells else ((), ())
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(terms), len(seeds)))


def held(term_matrix: Matrix, table: Any) -> NDArray[np.float64]:
    """Count the different seed words that each text holds, shape (n_texts, n_sets)."""
    ones = type(term_matrix)(((term_matrix.data > 0).astype(float), term_matrix.indices, term_matrix.indptr), shape=term_matrix.shape)
    return np.asarray((ones @ table).toarray())


def match(weights: Any, table: Any) -> NDArray[np.int64]:
    """Give each set of seed words a topic of its own such that they agree most together, by cosine; -1 for one that agrees with none.

    Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2 (1955).
    """
    from scipy.optimize import linear_sum_assignment

    agreement = np.asarray((unit_rows(table.T.tocsr()) @ unit_rows(weights).T).toarray())
    found = np.full(table.shape[1], -1)
    for place, topic in zip(*linear_sum_assignment(agreement, maximize=True), strict=True):
        found[place] = topic if agreement[place, topic] > 0 else -1
    return found


def _columns(word: str, column_of: Mapping[str, int]) -> list[int]:
    for form in (word, word.lower()):
        if form in column_of:
            return [column_of[form]]
    return [column_of[part] for part in re.findall(r"\w+", word.lower()) if part in column_of]
