"""The topics `membership`: how much of each topic is in each record."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Gt

from asterism.framework import Joint, Labels, Matrix

from .kind import Topics, check_to_apply, check_to_fit
from .likeness import cosines, group_means
from .weights import TermWeights


class Membership(Topics):
    """Give each record a share in every topic, because a text may be about several: a matrix, rows that sum to 1.

    A share is ``exp(cosine / temperature)``, over the sum of these (softmax): the cosine of the record with the mean of the topic, or of
    its terms with the words of the topic. Float32, shape (n_records, n_topics); the columns are the groups in the order of their
    numbers. The group that a record has been put into does not count; a row of zeros has a share of every topic alike.

    Learns `labels_` (n_records,), the topic with the largest share; `groups_`, the number of each column; and `topics_`, the means or
    the class-based TF-IDF of the terms.

    Raises `DataError` where every record is of group -1.
    """

    gives = "matrix"

    by: Literal["vectors", "terms"] = "vectors"
    """What is compared: vectors of the encoder with the means of the topics, or terms with the words of the topics."""
    temperature: Annotated[float, Gt(0)] = 0.1
    """The lower, the more of a record goes to the topic that it is most like; by terms, whose cosines are small, 0.03 or so suits."""

    def fit(self, labels: Labels, vectors: Matrix, terms: Sequence[str], term_matrix: Matrix) -> Self:
        check_to_fit(self, labels, vectors, terms, term_matrix)
        self.groups_ = np.unique(labels[labels >= 0])
        weights = TermWeights.of(labels, term_matrix)
        self.term_factors_ = weights.factors
        self.topics_ = group_means(labels, self.groups_, vectors) if self.by == "vectors" else weights.weights
        self.labels_ = self.groups_[self.predict(labels, vectors, term_matrix).argmax(axis=1)]
        return self

    def predict(self, labels: Labels, vectors: Matrix, term_matrix: Matrix) -> Matrix:
        """Return the shares, float32 of shape (n_records, n_topics)."""
        check_to_apply(self, labels, vectors, term_matrix)
        rows = (vectors, self.topics_) if self.by == "vectors" else (term_matrix, self.topics_, self.term_factors_)
        alike = cosines(*rows) / self.temperature
        shares = np.exp(alike - alike.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)

    def learn(self, data: Joint) -> Matrix:
        """Fit, and return the shares of the same records."""
        super().learn(data)
        return self.apply(data)
