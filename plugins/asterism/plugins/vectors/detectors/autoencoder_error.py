"""The detector `autoencoder_error`: what a network that learned the usual rows cannot give back."""

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt

from asterism.framework import Matrix, Scores

from ..autoencoding import Autoencoding
from ..networks import Activation
from ..rows import blocks, dense_to_apply
from .detector import Detector


class AutoencoderError(Autoencoding, Detector):
    """Score rows by how badly a network that was trained to give them back does so.

    Dense, shape (n_records, n_features); a CSR matrix is made an array. The score is the mean squared error over the columns, each scaled
    to variance 1. Training takes torch (`pip install asterism[torch]`), on a GPU where there is one; applying takes numpy alone.

    Learns what `autoencoder` does, and `scores_`, `threshold_`.

    Raises `DataError` for fewer than 2 records, and where a device is asked for that is not there.

    Poor choice for some hundred records, and where outliers are many and alike: the network learns them too. On the ADBench sets pendigits
    (ROC-AUC 0.66) and cardio (0.84) it stays behind `isolation_forest` (0.96, 0.93).

    Sources: Hawkins et al., "Outlier detection using replicator neural networks", DaWaK 2002; Sakurada and Yairi, "Anomaly detection
    using autoencoders with nonlinear dimensionality reduction", MLSDA 2014.
    """

    # Wide and soon ended, unlike the reducer's: a network that learns for long, or has little room, learns outliers or what all rows share.
    n_components: Annotated[int, Ge(1)] = 32
    """How many numbers a row is squeezed into; it may be more than there are columns, as the training is short."""
    hidden_sizes: tuple[Annotated[int, Ge(1)], ...] = (64,)
    """Widths of the layers between the columns and the code; the way back has the same ones."""
    activation: Activation = "tanh"
    """What each hidden layer does to its sums; tanh, as it has bounds, gives values far out of the usual back worst."""
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    """Size of a step (Adam's)."""
    max_epochs: Annotated[int, Ge(1)] = 10
    """Passes over the data: few, so that what is rare is not learned."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = self._train(X)
        of_training = self.notes_
        self._finish(self.anomaly_score(X))
        self.notes_ = [*of_training, *self.notes_]
        return self

    def anomaly_score(self, X: Matrix) -> Scores:
        X = dense_to_apply(self, X)
        return np.concatenate([self._error(block) for block in blocks(X)])

    def _error(self, block: Matrix) -> Scores:
        rows = self._scaled(block)
        error: Scores = ((self._decoded(self._encoded(block)) - rows) ** 2).mean(axis=1)
        return error
