"""The encoder `nmf`: a text as a mixture of topics, by non-negative matrix factorization of its word weights."""

import warnings
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Records, report_problem

from ..topics.encoder import TopicEncoder, quietly, shares
from .tfidf import Tfidf

RIDGE = 1e-10
"""What is added to the squares of the topics, relative to their mean, so that equal topics have an answer too."""


class NMF(TopicEncoder):
    """Find topics, sets of words with weights, such that the TF-IDF weights of each text are a sum of a few, and give the mixtures.

    Gives float32, shape (n_texts, n_components), rows that sum to 1: how much of the text's weights each topic explains. Words are
    weighted as `tfidf` weights them. The topics are those of scikit-learn's `NMF` from the start "nndsvda", each scaled to sum 1; the
    mixture of a text is the best one for these topics, found for it alone. A text that holds no word of any topic has equal shares and is
    reported.

    Learns `components_` (n_components, n_words), the weights of the words in each topic, which sum to 1; `counts_`, the encoder
    that weighs the words; `n_iter_`. `topic_words` gives the words of each topic.

    Raises `DataError` where there are fewer texts or words than topics, and where an item is no text.

    Poor choice where there are too many texts for the memory: `lda` is fitted by sums.

    Sources: Lee and Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 1999; for topics Arora, Ge and
    Moitra, "Learning topic models - going beyond SVD", FOCS 2012; the mixtures by Lawson and Hanson, "Solving least squares problems",
    1974.
    """

    sublinear_tf: bool = True
    """Count a word that occurs n times as 1 + ln(n), so that repetition weighs less."""
    max_iter: Annotated[int, Ge(1)] = 200
    """Rounds after which the fit is ended, settled or not."""
    tol: Annotated[float, Gt(0)] = 1e-4
    """Settled is when a round changes less than this share of what the first one did."""

    def fit(self, records: Records[str], y: None = None) -> Self:
        self._learn(records)
        return self

    def fit_transform(self, records: Records[str], y: None = None) -> Matrix:
        return self._mixtures(self._learn(records))

    def transform(self, records: Iterable[str]) -> Matrix:
        return self._mixtures(self._count(records))

    def _learn(self, records: Records[str]) -> Any:
        """Learn the topics; return the weights of the words."""
        self.counts_ = self._counter(Tfidf)
        weights = quietly(self.counts_.fit_transform, records)
        for what, found in zip(("texts", "words"), weights.shape, strict=True):
            if found < self.n_components:
                raise DataError(f"n_components={self.n_components}, but there are only {found} {what}", hint="lower it")
        theirs = self._fit_theirs(weights)
        self.n_iter_ = int(theirs.n_iter_)
        total = theirs.components_.sum(axis=1, keepdims=True, dtype=np.float64)
        self.components_ = np.asarray(theirs.components_ / np.where(total > 0, total, 1), np.float64)
        if self.n_iter_ >= self.max_iter:
            report_problem(f"ended after max_iter={self.max_iter} rounds, perhaps before the topics had settled; raise max_iter or tol")
        self._note_topics()
        return weights

    def _fit_theirs(self, weights: Any) -> Any:
        from sklearn.decomposition import NMF as Theirs  # noqa: N811  # it is a class
        from sklearn.exceptions import ConvergenceWarning

        options = {"max_iter": self.max_iter, "tol": self.tol, "random_state": self.random_state}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is reported
            return Theirs(self.n_components, init="nndsvda", **options).fit(_in_order(weights))

    def _mixtures(self, weights: Any) -> Matrix:
        return shares(_least_squares(np.asarray(weights @ self.components_.T, np.float64), self.components_))


def _in_order(table: Any) -> Any:
    """Sort the rows by what they hold, so that what is learned does not depend on the order in which they came."""
    ends = table.indptr
    cells = [(table.indices[begin:end].tobytes(), table.data[begin:end].tobytes()) for begin, end in pairwise(ends)]
    return table[sorted(range(len(cells)), key=cells.__getitem__)]


def _least_squares(wanted: NDArray[np.float64], topics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is not negative and makes ``|row - amounts @ topics|`` least, for each row; `wanted` are the rows times the topics."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls

    gram = topics @ topics.T
    gram[np.diag_indices_from(gram)] += RIDGE * max(float(np.trace(gram)) / len(gram), 1.0)
    # With gram = L L^T, the rows have the same answer in a table of topics by topics.
    lower = cholesky(gram, lower=True)
    square = np.ascontiguousarray(lower.T)
    return np.array([nnls(square, solve_triangular(lower, row, lower=True))[0] for row in wanted]).reshape(len(wanted), len(topics))
