"""Class-based TF-IDF: how much each term says of each group of texts, and which terms to show of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Labels, Matrix
from asterism.framework.blocks import in_blocks
from asterism.framework.values import is_sparse

CANDIDATES = 30
"""How many of the best terms of a group are looked at where alike ones are to be avoided."""


@dataclass(frozen=True)
class TermWeights:
    """The weight of each term in each group: its sum over the texts of the group times a factor, ``ln(1 + A / total)``.

    ``total`` is the sum of the term over all groups and ``A`` the mean, over the groups, of the sum of all terms.

    Source: Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794 (2022).
    """

    groups: Labels
    """Number of each group, ascending; shape (n_groups,)."""
    sums: Any
    """Sums of the terms, float64 CSR of shape (n_groups, n_terms)."""
    factors: NDArray[np.float64]
    """Factor of each term, 0 for one that no group has; shape (n_terms,)."""

    @classmethod
    def of(cls, labels: Labels, term_matrix: Matrix) -> Self:
        """Weigh the terms of the groups that `labels` names; rows of group -1 are left out."""
        groups = np.unique(labels[labels >= 0])
        return cls.of_sums(groups, sum_rows(labels, groups, term_matrix))

    @classmethod
    def of_sums(cls, groups: Labels, sums: Any) -> Self:
        """Weigh the terms of groups whose sums are known."""
        total = np.bincount(sums.indices, weights=sums.data, minlength=sums.shape[1])
        factors = np.zeros(len(total))
        found = total > 0
        factors[found] = np.log1p(total.sum() / max(len(groups), 1) / total[found])
        return cls(groups, sums, factors)

    @property
    def weights(self) -> Any:
        """The weights, float64 CSR of shape (n_groups, n_terms)."""
        return scaled_columns(self.sums, self.factors)

    def best(self, n: int, term_matrix: Matrix, diversity: float = 0.0) -> list[NDArray[np.int64]]:
        """Return the columns of the `n` best terms of each group, best first; with `diversity`, see `varied`."""
        weights = self.weights
        if not diversity:
            return [highest(weights[row], n) for row in range(len(self.groups))]
        candidates = [highest(weights[row], max(n, CANDIDATES)) for row in range(len(self.groups))]
        columns = _Columns.of(term_matrix, np.unique(np.concatenate([[], *candidates]).astype(np.int64)))
        return [_choose(weights[row], terms, columns, n, diversity) for row, terms in enumerate(candidates)]

    def words(self, terms: Sequence[str], n: int, term_matrix: Matrix, diversity: float = 0.0) -> dict[int, list[str]]:
        """Return the `n` best terms of each group, by its number."""
        best = self.best(n, term_matrix, diversity)
        return {int(group): [str(terms[column]) for column in columns] for group, columns in zip(self.groups, best, strict=True)}


def sum_rows(labels: Labels, groups: Labels, matrix: Matrix) -> Any:
    """Add up the rows of each group, block by block: float64, shape (n_groups, n_columns), CSR where the matrix is; others are left out."""
    from scipy.sparse import csr_matrix

    shape = (len(groups), matrix.shape[1])
    sums = csr_matrix(shape) if is_sparse(matrix) else np.zeros(shape)
    for first, block in in_blocks(matrix):
        sums = sums + rows_of_groups(labels[first : first + block.shape[0]], groups) @ block
    return sums


def rows_of_groups(labels: Labels, groups: Labels) -> Any:
    """Return 1 where a row is of a group: float64 CSR of shape (n_groups, n_rows)."""
    from scipy.sparse import csr_matrix

    places = np.searchsorted(groups, labels)
    rows = np.flatnonzero(np.append(groups, -1)[places] == labels) if len(groups) else np.arange(0)
    rows = rows[labels[rows] >= 0]
    return csr_matrix((np.ones(len(rows)), (places[rows], rows)), shape=(len(groups), len(labels)))


def scaled_columns(table: Any, factors: NDArray[np.float64]) -> Any:
    """Multiply each column of a CSR matrix."""
    return type(table)((table.data * factors[table.indices], table.indices, table.indptr), shape=table.shape)


def unit_rows(table: Any) -> Any:
    """Scale the rows of an array or CSR matrix to length 1, in float64; a row of zeros stays one."""
    from scipy.sparse import diags

    if not is_sparse(table):
        rows = np.asarray(table, np.float64)
        return rows * _inverse(np.sqrt(np.einsum("ij,ij->i", rows, rows)))[:, np.newaxis]
    rows = table.astype(np.float64)
    squares = np.bincount(np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.data**2, minlength=rows.shape[0])
    return (diags(_inverse(np.sqrt(squares))) @ rows).tocsr()


def varied(relevance: NDArray[np.float64], alike: NDArray[np.float64], n: int, diversity: float) -> list[int]:
    """Choose `n` of some candidates, each for its relevance, less how much it is like one that was chosen before it.

    Maximal marginal relevance: ``(1 - diversity) * relevance - diversity * alike``, both from 0 to 1; `relevance` has shape
    (n_candidates,), `alike` (n_candidates, n_candidates). Returned in the order of relevance.

    Source: Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing summaries", SIGIR
    1998.
    """
    chosen: list[int] = []
    nearest = np.zeros(len(relevance))
    left = np.ones(len(relevance), bool)
    while left.any() and len(chosen) < n:
        worth = np.where(left, (1 - diversity) * relevance - diversity * nearest, -np.inf)
        chosen.append(int(np.argmax(worth)))
        left[chosen[-1]] = False
        nearest = np.maximum(nearest, alike[chosen[-1]])
    return sorted(chosen, key=lambda place: (-relevance[place], place))


@dataclass(frozen=True)
class _Columns:
    """Some columns of a term matrix, of length 1: in which texts these terms stand."""

    numbers: NDArray[np.int64]
    table: Any
    """CSC, shape (n_rows, n_columns)."""

    @classmethod
    def of(cls, term_matrix: Matrix, numbers: NDArray[np.int64]) -> Self:
        from scipy.sparse import vstack

        parts = [block[:, numbers] for _, block in in_blocks(term_matrix)]
        return cls(numbers, unit_rows(vstack(parts).T.tocsr()).T.tocsc())

    def cosines(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Tell how alike columns are: 1 for terms that always stand together, 0 for terms that never do."""
        columns = self.table[:, np.searchsorted(self.numbers, numbers)]
        return np.asarray((columns.T @ columns).toarray())


def _choose(row: Any, candidates: NDArray[np.int64], columns: _Columns, n: int, diversity: float) -> NDArray[np.int64]:
    if len(candidates) <= n:
        return candidates
    relevance = np.asarray(row[:, candidates].toarray()).ravel()
    return candidates[varied(relevance / relevance.max(), columns.cosines(candidates), n, diversity)]


def highest(row: Any, n: int) -> NDArray[np.int64]:
    """Return the columns of the `n` highest values of a row, the first of equal ones before the others."""
    best: NDArray[np.int64] = row.indices[np.lexsort((row.indices, -row.data))[:n]]
    return best


def _inverse(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
