"""The kind `topics`, which the core does not know: it comes with this plugin, by an entry point of the group ``asterism.kind``."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from asterism.framework import Component, DataError, Joint, Labels, Matrix
from asterism.framework.values import n_rows, rows_not_finite, rows_with_negatives


class Topics(Component, ABC):
    """Makes topics of groups of texts: labels to labels, by their vectors and by the terms that the texts hold.

    In a run it is fed by a stage of labels, and given beside these the vectors that the encoder of its chain made of the records, and the
    terms of the nearest stage whose columns are terms. `fit` learns `labels_`, the topic of each record; -1 is none.
    """

    kind = "topics"
    takes = "labels"
    gives = "labels"
    beside: ClassVar[tuple[str, ...]] = ("vectors", "terms", "term_matrix")

    @abstractmethod
    def fit(self, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> Self:
        """Learn from groups of records.

        Parameters
        ----------
        labels
            Group of each record, shape (n_records,); -1 is none.
        vectors
            What an encoder made of the records, dense or CSR, shape (n_records, n_features).
        terms
            What each column of `term_matrix` stands for, shape (n_terms,).
        term_matrix
            CSR matrix of counts or TF-IDF weights, none of them negative, shape (n_records, n_terms).
        """

    @abstractmethod
    def predict(self, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> Any:
        """Tell the topic of records that the same stages have grouped and encoded: int64 labels, or what `gives` says."""

    def learn(self, data: Joint) -> Any:
        labels: Labels = self.fit(data.main, data["vectors"], data["terms"], data["term_matrix"]).labels_
        return labels

    def apply(self, data: Joint) -> Any:
        return self.predict(data.main, data["vectors"], data["term_matrix"])


def check_to_fit(component: Component, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> None:
    """Raise `DataError` where there is nothing to learn topics from; note the columns of both matrices."""
    _check_rows(labels, vectors, term_matrix)
    if len(terms) != term_matrix.shape[1]:
        raise DataError(f"there are {len(terms)} terms for {term_matrix.shape[1]} columns", hint="give the terms of this term_matrix")
    if not len(labels) or labels.max() < 0:
        what = "there is no record" if not len(labels) else "every record is of group -1, so there is no group to make a topic of"
        raise DataError(what, hint="look at the stage that groups, which may be too strict")
    component.widths_ = [int(vectors.shape[1]), int(term_matrix.shape[1])]  # type: ignore[attr-defined]  # learned


def check_to_apply(component: Component, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> None:
    """Raise `DataError` where records are not as those learned from; `NotFittedError` before."""
    widths = component.widths_
    _check_rows(labels, vectors, term_matrix)
    for name, value, width in zip(("vectors", "term_matrix"), (vectors, term_matrix), widths, strict=True):
        if value.shape[1] != width:
            raise DataError(f"{name} has {value.shape[1]} columns, in fit it had {width}", hint="give it what the same fitted stages gave")


def _check_rows(labels: Labels, vectors: Matrix, term_matrix: Matrix) -> None:
    counts = n_rows(labels), n_rows(vectors), n_rows(term_matrix)
    if len(set(counts)) > 1:
        raise DataError("labels, vectors and term_matrix must have one length (got {}, {}, {})".format(*counts))
    for name, value in (("vectors", vectors), ("term_matrix", term_matrix)):
        if bad := rows_not_finite(value):
            raise DataError(f"{name} holds NaN or infinity", rows=bad, hint="leave these records out, or fill in the values")
    if rows := rows_with_negatives(term_matrix):
        hint = "take an encoder that counts, such as tfidf; hashing needs alternate_sign: false"
        raise DataError("the term_matrix holds negative numbers, and terms are counted here", rows=rows, hint=hint)
