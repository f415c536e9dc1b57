"""The detector `ecod`: rows far out in the tails of single columns are unusual."""

import numpy as np

from .tails import TailDetector, Values


class ECOD(TailDetector):
    """Score a row by how far out in the tails of the columns it lies: in each column, the tail that says most.

    Dense rows, shape (n_records, n_features), to float64, shape (n_records,), 0 or more; a CSR matrix is made dense. It has nothing
    to set. A column gives -log of the share of training values that lie at least as far left, or right, or on the side to which the
    column is skewed, whichever is largest; `contributions` gives these parts, which tell why a row is unusual.

    A new row is compared with the training rows alone. (PyOD compares it with them and with all rows that it is scored with, so
    that its score depends on these; the scores of the training rows are the same.) A value beyond all training values gives
    log(n_records + 1).

    Learns `columns_`, the training values of each column in order, shape (n_features, n_records), as large as the
    training rows; and `skews_`, -1, 0 or 1, shape (n_features,).

    Raises `DataError` for fewer than two rows.

    Poor choice where outliers are rare combinations of values that are usual one by one: every column is judged by itself. Of five
    sets of real data it finds the anomalies of pendigits and cardio least well (ROC-AUC 0.927 and 0.935).

    Source: Li, Zhao, Hu, Botta, Ionescu and Chen, "ECOD: unsupervised outlier detection using empirical cumulative distribution
    functions", IEEE TKDE 2022.
    """

    def _joined(self, left: Values, right: Values, skewed: Values) -> Values:
        return np.maximum(np.maximum(left, right), skewed)
