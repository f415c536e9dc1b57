"""The topics `classes`: groups, or records, under the names of given classes, told from names and seed words alone."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Interval
from numpy.typing import NDArray

from asterism.framework import DataError, Labels, Matrix, report_problem

from .kind import Topics, check_to_apply, check_to_fit
from .seeds import held, seed_table
from .weights import rows_of_groups

SMOOTHING = 0.1
"""What every term has of every class beforehand; of 0.01 and 0.1, the better one on AG News and Reuters R8."""


class Classes(Topics):
    """Put groups of texts, or each text, into classes that have a name and perhaps seed words, without one labelled example.

    Records that hold more seed words of one class than of any other are its first examples, from which a naive Bayes classifier
    learns the terms of the classes. In each round it tells how likely each class is for every other record, and learns again: that is how
    a term that stands beside seed words comes to tell a class. The result is the number of the class, in the order of `classes`.

    Learns `labels_` (n_records,), `class_names_`, `class_terms_` (log-probability of each term, shape (n_classes, n_terms)),
    `class_shares_` (log-probability of each class), and by groups `groups_` with the class of each in `class_of_group_`.

    Raises `DataError` where there are fewer than two classes, and where no record holds a seed word of some class.

    Poor choice where classes are told by anything but their words. Words that many records of other classes hold are poor seeds.

    Sources: Nigam, McCallum, Thrun and Mitchell, "Text classification from labeled and unlabeled documents using EM", Machine Learning
    39 (2000); begun from words as in McCallum and Nigam, "Text classification by bootstrapping with keywords, EM and shrinkage", 1999.
    """

    classes: dict[str, tuple[str, ...]]
    """Classes by name, with seed words; the words of the name are seeds too."""
    by: Literal["groups", "documents"] = "groups"
    """Put whole groups into the class that is likeliest over their records, or each record for itself, whatever its group."""
    threshold: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.0
    """A group, or a record, of no class is one whose likeliest class has a probability not above this."""
    max_iter: Annotated[int, Ge(0)] = 5
    """Rounds of learning after the first."""

    def fit(self, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> Self:
        check_to_fit(self, labels, vectors, terms, term_matrix)
        self.class_names_ = list(self.classes)
        self._learn_terms(self._examples(terms, term_matrix), term_matrix)
        self.groups_ = np.unique(labels[labels >= 0])
        in_groups = rows_of_groups(labels, self.groups_)
        likely = in_groups @ self._probabilities(term_matrix)
        self.class_of_group_ = self._likeliest(likely / np.maximum(likely.sum(axis=1, keepdims=True), np.finfo(float).tiny))
        self.labels_ = self.predict(labels, vectors, term_matrix)
        self.topic_names_ = dict(enumerate(self.class_names_))
        self.notes_ = [self._note(place) for place in range(len(self.class_names_))]
        return self

    def predict(self, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> Labels:
        check_to_apply(self, labels, vectors, term_matrix)
        if self.by == "documents":
            return self._likeliest(self._probabilities(term_matrix))
        places = np.minimum(np.searchsorted(self.groups_, labels), len(self.groups_) - 1)
        known = self.groups_[places] == labels
        if unknown := np.flatnonzero(~known & (labels >= 0)).tolist():
            report_problem("groups that had no record in fit are of no class", rows=unknown)
        return np.where(known, self.class_of_group_[places], -1).astype(np.int64)

    def _examples(self, terms: Sequence[str], term_matrix: Matrix) -> NDArray[np.float64]:
        """Tell the first examples: 1 where a record holds more seed words of a class than of any other, shape (n_records, n_classes)."""
        if len(self.classes) < 2:
            raise DataError(f"classes has {len(self.classes)} class, and there is nothing to tell apart", hint="give two classes or more")
        counts = held(term_matrix, seed_table(self.classes, terms, names_count=True))
        most = counts == np.maximum(counts.max(axis=1, keepdims=True), 1)
        examples = np.asarray(most & (most.sum(axis=1, keepdims=True) == 1), np.float64)
        if missed := [name for name, count in zip(self.classes, examples.sum(axis=0), strict=True) if not count]:
            hint = "give it words that its texts hold and the others do not, as `terms` has them"
            raise DataError(f"no record holds seed words of class {missed[0]!r} more than of any other", hint=hint)
        return examples

    def _learn_terms(self, examples: NDArray[np.float64], term_matrix: Matrix) -> None:
        is_example = examples.any(axis=1)
        shares = examples
        for round_ in range(self.max_iter + 1):
            if round_:
                shares = self._probabilities(term_matrix)
                shares[is_example] = examples[is_example]
            self._absorb(shares, term_matrix)

    def _absorb(self, shares: NDArray[np.float64], term_matrix: Matrix) -> None:
        sums = np.asarray(shares.T @ term_matrix, np.float64) + SMOOTHING
        self.class_terms_ = np.log(sums / sums.sum(axis=1, keepdims=True))
        self.class_shares_ = np.log((shares.sum(axis=0) + 1) / (shares.sum() + shares.shape[1]))

    def _probabilities(self, term_matrix: Matrix) -> NDArray[np.float64]:
        """Tell how likely each class is for each record, shape (n, n_classes); 0 throughout for a record without a term."""
        likely = np.asarray(term_matrix @ self.class_terms_.T, np.float64) + self.class_shares_
        likely = np.exp(likely - likely.max(axis=1, keepdims=True))
        return np.where(_holds_terms(term_matrix), likely / likely.sum(axis=1, keepdims=True), 0.0)

    def _likeliest(self, probabilities: NDArray[np.float64]) -> Labels:
        return np.where(probabilities.max(axis=1) > self.threshold, probabilities.argmax(axis=1), -1).astype(np.int64)

    def _note(self, place: int) -> str:
        """Say which groups are of a class."""
        if self.by == "documents":
            return f"{self.class_names_[place]}: {np.count_nonzero(self.labels_ == place):,} records"
        groups = self.groups_[self.class_of_group_ == place].tolist()
        listed = f"group{'' if len(groups) == 1 else 's'} {', '.join(map(str, groups))}"
        return f"{self.class_names_[place]}: {listed if groups else 'no group'}"


def _holds_terms(term_matrix: Any) -> NDArray[np.bool_]:
    return np.asarray(np.diff(term_matrix.indptr)[:, np.newaxis] > 0)
