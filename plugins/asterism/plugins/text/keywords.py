"""Names for groups of texts: the terms that set a group apart from the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.blocks import in_blocks


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
    groups = np.unique(labels[labels >= 0])
    scores = _sums(labels, groups, term_matrix)
    total = np.bincount(scores.indices, weights=scores.data, minlength=scores.shape[1])
    scores.data *= np.log1p(total.sum() / max(len(groups), 1) / total[scores.indices])
    return {int(group): [terms[column] for column in _best(scores[row], n)] for row, group in enumerate(groups)}


def _sums(labels: Labels, groups: Labels, term_matrix: Matrix) -> Any:
    """Add up the rows of each group, block by block: a CSR matrix of shape (n_groups, n_terms)."""
    from scipy.sparse import csr_matrix

    sums = csr_matrix((len(groups), term_matrix.shape[1]))
    for first, block in in_blocks(term_matrix):
        here = labels[first : first + block.shape[0]]
        rows = np.flatnonzero(here >= 0)
        member = csr_matrix((np.ones(len(rows)), (np.searchsorted(groups, here[rows]), rows)), shape=(len(groups), len(here)))
        sums += member @ block
    return sums


def _best(row: Any, n: int) -> NDArray[np.int64]:
    """Return the columns of the `n` highest values of a row, the first of equal ones before the others."""
    best: NDArray[np.int64] = row.indices[np.lexsort((row.indices, -row.data))[:n]]
    return best
