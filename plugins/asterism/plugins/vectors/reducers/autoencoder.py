"""The reducer `autoencoder`: the code of a network that learned to give rows back."""

from typing import Self

import numpy as np

from asterism.framework import Matrix, Reducer, report_problem

from ..autoencoding import Autoencoding
from ..rows import blocks, dense_to_apply, rows_to_invert


class Autoencoder(Autoencoding, Reducer):
    """Squeeze rows through a small network and keep what its narrowest layer says of them.

    Dense, shape (n_records, n_features), to float32, shape (n_records, n_components); a CSR matrix is made an array. Columns are scaled to
    mean 0 and variance 1 inside. Training takes torch (`pip install asterism[torch]`), on a GPU where there is one; applying
    takes numpy alone. It stops when the error of rows held out has not fallen for `patience` epochs.

    Learns `weights_`, the arrays of the network by name; `mean_` and `scale_` (n_features,); `loss_curve_` and `validation_curve_`, a
    number for each epoch; `n_epochs_`.

    Raises `DataError` for fewer than 2 records, and where a device is asked for that is not there.

    Poor choice for some hundred records, which `pca` serves better and at once, and where the axes have to mean something: those of a
    code have no order, no unit and are not independent.

    Sources: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 2006; Vincent et al.,
    "Extracting and composing robust features with denoising autoencoders", ICML 2008; Kingma and Welling, "Auto-encoding variational
    Bayes", ICLR 2014; Higgins et al., "beta-VAE", ICLR 2017.
    """

    def fit(self, X: Matrix, y: None = None) -> Self:
        self._train(X)
        if self.n_epochs_ >= self.max_epochs:
            report_problem(f"ended after max_epochs={self.max_epochs}, while the error was perhaps still falling; raise max_epochs")
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = dense_to_apply(self, X)
        codes = [self._encoded(block).astype(np.float32) for block in blocks(X)]
        return np.concatenate(codes)

    def inverse_transform(self, X: Matrix) -> Matrix:
        """Bring codes, shape (n, n_components), back to rows in the units of the training rows, shape (n, n_features)."""
        codes = rows_to_invert(X, self.weights_["decoder.0.weight"].T)
        return (self._decoded(codes) * self.scale_ + self.mean_).astype(np.float32)
