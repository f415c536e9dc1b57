"""A small fitted chain over the sample texts, for components that need what their labels were made of."""

from collections.abc import Iterable
from typing import Self

import numpy as np

from ..kinds import Clusterer, Encoder
from ..pipeline import Pipeline
from ..records import Records
from ..stages import Stage
from ..upstream import Upstream
from ..values import Joint, Labels, Matrix


class WordCounts(Encoder):
    """Count how often each text has each word of the training texts: float32, a column per word."""

    reads = frozenset({"text"})

    def fit(self, records: Records[str], y: None = None) -> Self:
        """Learn the words."""
        self.words_ = sorted({word for text in records for word in text.split()})
        return self

    def transform(self, records: Iterable[str]) -> Matrix:
        """Count them in other texts."""
        counts = [[text.split().count(word) for word in self.words_] for text in records]
        return np.array(counts, np.float32).reshape(-1, len(self.words_))

    def get_feature_names_out(self) -> list[str]:
        """Return the words, in the order of the columns."""
        return list(self.words_)


class NearestMean(Clusterer):
    """Group rows around three means, which begin at rows 0, 5 and 10; a row of less than two words is of group -1."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        """Move the means three times."""
        self.means_ = X[[0, 5, 10]].astype(np.float64)
        for _ in range(3):
            labels = self.predict(X)
            self.means_ = np.stack([X[labels == group].mean(axis=0, dtype=np.float64) for group in range(3)])
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Matrix) -> Labels:
        """Tell the nearest mean of each row."""
        distances = np.square(X[:, None, :] - self.means_).sum(axis=2)
        return np.where(X.sum(axis=1) < 2, -1, distances.argmin(axis=1)).astype(np.int64)


def grouped(texts: list[str]) -> Joint:
    """Group texts, and join the labels with what they were made of."""
    stages = [Stage("words", WordCounts(), "source"), Stage("groups", NearestMean())]
    result = Pipeline(stages).fit(Records.of(texts, modality="text"))
    return Joint(result["groups"], {"upstream": Upstream(result, "groups")})
