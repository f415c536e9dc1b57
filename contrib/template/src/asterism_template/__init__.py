"""An encoder for Asterism: texts to the lengths of their words."""

from collections.abc import Iterable
from typing import Annotated

import numpy as np
from annotated_types import Ge

from asterism.framework import Encoder, Matrix


class AsterismTemplate(Encoder):
    """The share of a text's words that have 1, 2, ..., `max_length` or more letters.

    Gives a float32 matrix of shape (n_texts, max_length); the row of a text without words is zero.
    """

    reads = frozenset({"text"})

    max_length: Annotated[int, Ge(1)] = 12
    """Words of this many letters or more are counted together."""

    def transform(self, records: Iterable[str]) -> Matrix:
        rows = [np.bincount([min(len(word), self.max_length) - 1 for word in text.split()], minlength=self.max_length) for text in records]
        counts = np.array(rows, dtype=np.float32).reshape(-1, self.max_length)
        return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
