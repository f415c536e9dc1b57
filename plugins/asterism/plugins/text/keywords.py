"""Names for groups of texts: the terms that set a group apart from the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix


def keywords(labels: Labels, terms: Sequence[str], term_matrix: Matrix, n: int = 8) -> dict[int, list[str]]:
    """Return the `n` terms that characterise each group, best first, by class-based TF-IDF.

    The rows of a group are added up as if they were one text; a term scores its sum there times ``ln(1 + A / total)``, where
    ``total`` is its sum over all groups and ``A`` the mean, over the groups, of the sum of all terms.

    Parameters
    ----------
    labels
        Group of each row, shape (n_rows,); rows in group -1 are left out.
    terms
        What each column stands for, shape (n_terms,).
    term_matrix
        CSR matrix of counts or TF-IDF weights, none of them negative, shape (n_rows, n_terms).
    n
        How many terms at most; a group with fewer terms gets fewer.

    Source: Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794 (2022).
    """
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(labels >= 0)
    groups, positions = np.unique(labels[rows], return_inverse=True)
    member = csr_matrix((np.ones(len(rows)), (positions, rows)), shape=(len(groups), len(labels)))
    scores = member @ term_matrix
    total = np.bincount(scores.indices, weights=scores.data, minlength=scores.shape[1])
    scores.data *= np.log1p(total.sum() / max(len(groups), 1) / total[scores.indices])
    return {int(group): [terms[column] for column in _best(scores[row], n)] for row, group in enumerate(groups)}


def _best(row: Any, n: int) -> NDArray[np.int64]:
    """Return the columns of the `n` highest values of a row, the first of equal ones before the others."""
    best: NDArray[np.int64] = row.indices[np.lexsort((row.indices, -row.data))[:n]]
    return best
