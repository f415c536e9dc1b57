"""The reducer `normalize`: rows of one length."""

from typing import Literal, Self

import numpy as np

from asterism.framework import Matrix, Reducer, Summable, Summary

from ..rows import rows_to_apply, rows_to_fit


class Normalize(Reducer, Summable):
    """Scale each row to length 1, so that what follows compares directions and not lengths.

    Dense or CSR, shape (n_records, n_features), to float32 of the same shape; a row of zeros stays one. Between `svd` and `kmeans`
    it makes long texts and short ones with the same words neighbours. Only the number of columns is learned, to refuse others,
    and a sample says it.

    Poor choice where the length of a row means something, such as how much a customer bought.
    """

    norm: Literal["l2", "l1", "max"] = "l2"
    """What is made 1: the root of the sum of squares (l2), the sum of absolute values (l1), or the largest one (max)."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        rows_to_fit(self, X)
        return self

    def transform(self, X: Matrix) -> Matrix:
        from sklearn.preprocessing import normalize

        return normalize(rows_to_apply(self, X), norm=self.norm).astype(np.float32, copy=False)

    def begin(self, sample: Matrix) -> bool:
        rows_to_fit(self, sample)
        return True

    def summarize(self, batch: Matrix) -> Summary:
        return {}

    def absorb(self, total: Summary) -> bool:
        return True
