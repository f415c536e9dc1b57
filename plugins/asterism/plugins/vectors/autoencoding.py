"""What the reducer `autoencoder` and the detector `autoencoder_error` share: the fields of a network, and its training on scaled rows."""

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import Component, Matrix, report_problem

from .moments import moments, point_near_mean, sum_columns
from .networks import Activation, Device, Trained, Training, Variant, decode, encode, train
from .rows import dense_to_fit


class Autoencoding(Component):
    """A network that squeezes rows through `n_components` numbers and learns to give them back.

    The columns are scaled to mean 0 and variance 1 first. The training rows are sorted before anything is drawn, so the order in which
    they come does not matter.

    Learns `weights_`, the arrays of the network by name; `mean_` and `scale_` (n_features,); `loss_curve_` and `validation_curve_`, a
    number for each epoch; `n_epochs_`.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """How many numbers a row is squeezed into."""
    variant: Variant = "dense"
    """What is trained: to give back the row; the row from a noisy one (denoising); or from a draw around its code, with codes
    that together are normally distributed (variational)."""
    scaling: Literal["columns", "whole"] = "columns"
    """Bring each column to variance 1, or all of them by one number, which suits columns of one unit, such as pixels."""
    hidden_sizes: tuple[Annotated[int, Ge(1)], ...] = (64, 32)
    """Widths of the layers between the columns and the code; the way back has the same ones."""
    activation: Activation = "relu"
    """What each hidden layer does to its sums."""
    noise: Annotated[float, Ge(0)] = 0.5
    """Standard deviation of the noise in the denoising variant, in those of the columns."""
    beta: Annotated[float, Ge(0)] = 1.0
    """Weight of the divergence of the codes from a normal distribution in the variational variant."""
    minibatch_size: Annotated[int, Ge(1)] = 128
    """How many rows each step of the training looks at."""
    learning_rate: Annotated[float, Gt(0)] = 3e-3
    """Size of a step (Adam's)."""
    weight_decay: Annotated[float, Ge(0)] = 0.0
    """Share of `learning_rate` by which each step shrinks the weights."""
    max_epochs: Annotated[int, Ge(1)] = 100
    """Passes over the data after which the training is ended."""
    validation_fraction: Annotated[float, Ge(0), Lt(1)] = 0.1
    """Share of the rows that is held out to tell when to stop; with none, the loss tells."""
    patience: Annotated[int, Ge(1)] = 10
    """The training ends when the error has not fallen for so many epochs; the weights of the best one are kept."""
    device: Device = "auto"
    """Where to train; "auto" takes a GPU where there is one. Applying never needs one."""
    random_state: int = 0
    """Seed of the first weights, of what is held out, of the order of the rows and of the noise."""

    def _train(self, X: Matrix) -> NDArray[Any]:
        """Train on the rows of X, and return them as an array."""
        dense = dense_to_fit(self, X, least=2)
        rows = dense[_sorted_rows(dense)]
        found = moments(sum_columns(rows, point := point_near_mean(rows)), point)
        self.mean_ = found.mean
        self.scale_ = np.where(found.constant, 1.0, np.sqrt(found.variance if self.scaling == "columns" else found.variance.mean()))
        trained = train(self._scaled(rows).astype(np.float32), self._training(rows.shape[1]))
        self.weights_, self.n_epochs_ = trained.weights, len(trained.losses)
        self.loss_curve_, self.validation_curve_ = np.array(trained.losses), np.array(trained.errors)
        self._note(trained)
        return dense

    def _training(self, n_features: int) -> Training:
        own = {name: getattr(self, name) for name in Training.__dataclass_fields__ if name != "sizes"}
        return Training(sizes=(n_features, *self.hidden_sizes, self.n_components), **own)

    def _encoded(self, block: NDArray[Any]) -> NDArray[np.float64]:
        return encode(self._scaled(block), self.weights_, self.activation)

    def _decoded(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        return decode(codes, self.weights_, self.activation)

    def _scaled(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = (rows - self.mean_) / self.scale_
        return scaled

    def _note(self, trained: Trained) -> None:
        curve, what = (trained.errors, "of rows held out") if trained.errors else (trained.losses, "of the training rows")
        if not trained.best:
            report_problem("the training came to no finite error, and its first weights were kept; lower learning_rate")
            self.notes_ = ["not trained: no finite error"]
            return
        error = f"{curve[trained.best - 1]:.3g} of 1"
        self.notes_ = [f"best of {self.n_epochs_} epochs on {trained.device}: {trained.best}; squared error {what}: {error}"]


def _sorted_rows(X: NDArray[Any]) -> NDArray[np.int64]:
    """Return an order of the rows that depends on their values alone: that of their bytes."""
    rows = np.ascontiguousarray(X + 0.0)  # -0.0 and 0.0 are one value of two forms
    return np.argsort(rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel(), kind="stable")
