"""Small networks that squeeze rows through a few numbers: trained by torch, applied by numpy.

A network is a dict of arrays, so that it is saved like anything else that is learned. Applying it in float64 without torch gives a row the
same answer alone, in a batch and on any machine, and starts in no time. The random numbers are numpy's, from one seed,
so a training changes no global state and is the same wherever it runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

Activation = Literal["relu", "elu", "tanh"]
Variant = Literal["dense", "denoising", "variational"]
Device = Literal["auto", "cpu", "cuda"]
Weights = dict[str, NDArray[np.float32]]
Tensor: TypeAlias = Any
"""A tensor of torch, which is imported only to train."""

SMALL = 2**27
"""A network is small where the largest layer takes fewer products than this for a minibatch: some milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is built and trained."""

    sizes: tuple[int, ...]
    """Width of every layer of the encoder: columns, hidden layers, code; the decoder goes back the same way."""
    variant: Variant
    activation: Activation
    noise: float
    beta: float
    minibatch_size: int
    learning_rate: float
    weight_decay: float
    max_epochs: int
    validation_fraction: float
    patience: int
    device: Device
    random_state: int


@dataclass
class Trained:
    """What came of a training."""

    weights: Weights
    """Of the epoch with the smallest error."""
    losses: list[float]
    """Mean loss of each epoch, on the rows that it learned from."""
    errors: list[float]
    """After each epoch, the mean squared error of the rows held out; empty where there are too few to hold out any."""
    best: int
    """The epoch, from 1, whose weights were kept."""
    device: str
    """Where it was trained."""


def encode(rows: NDArray[Any], weights: Weights, activation: Activation) -> NDArray[np.float64]:
    """Return the codes of scaled rows, shape (n, n_components); of a variational network, their means."""
    size = weights["decoder.0.weight"].shape[1]
    return _forward(rows, weights, "encoder", activation)[:, :size]


def decode(codes: NDArray[Any], weights: Weights, activation: Activation) -> NDArray[np.float64]:
    """Return the scaled rows that codes stand for, shape (n, n_features)."""
    return _forward(codes, weights, "decoder", activation)


def _forward(values: NDArray[Any], weights: Weights, part: str, activation: Activation) -> NDArray[np.float64]:
    n_layers = sum(name.startswith(part) for name in weights) // 2
    for layer in range(n_layers):
        weight, bias = (weights[f"{part}.{layer}.{name}"].astype(np.float64) for name in ("weight", "bias"))
        values = values @ weight.T + bias
        if layer < n_layers - 1:
            values = _ACTIVATIONS[activation](values)
    return values


_ACTIVATIONS: dict[Activation, Callable[[NDArray[Any]], NDArray[np.float64]]] = {
    "relu": lambda values: np.maximum(values, 0.0),
    "elu": lambda values: np.where(values > 0, values, np.expm1(np.minimum(values, 0.0))),
    "tanh": np.tanh,
}


def train(rows: NDArray[np.float32], how: Training) -> Trained:
    """Train a network to give back scaled `rows`, shape (n, n_features), and keep the weights of its best epoch."""
    import torch

    with _threads(how, torch), torch.inference_mode(False), torch.enable_grad():  # whatever the host has set
        return _Trainer(rows, how, torch).run()


@contextmanager
def _threads(how: Training, torch: Any) -> Iterator[None]:
    """Train a small network on one thread: more of them wait for each other most of the time, on a busy machine nearly all of it."""
    before = torch.get_num_threads()
    if how.minibatch_size * max(n_in * n_out for n_in, n_out in pairwise(how.sizes)) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Trainer:
    """One training: the tensors, and the random numbers."""

    def __init__(self, rows: NDArray[np.float32], how: Training, torch: Any) -> None:
        self.how, self.torch, self.random = how, torch, np.random.default_rng(how.random_state)
        self.device = _chosen_device(how.device, torch)
        order = self.random.permutation(len(rows))
        held_out = min(round(len(rows) * how.validation_fraction), len(rows) - 1)
        self.rows = self._tensor(rows[order[held_out:]])
        self.held_out = self._tensor(rows[order[:held_out]])
        self.weights = {name: self._tensor(values).requires_grad_() for name, values in _first_weights(how, self.random)}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=how.learning_rate, weight_decay=how.weight_decay, fused=True)

    def run(self) -> Trained:
        """Train until the error has not fallen for `patience` epochs."""
        losses, errors, least, best, kept = list[float](), list[float](), np.inf, 0, self._copied()
        for epoch in range(1, self.how.max_epochs + 1):
            losses.append(self._epoch())
            if len(self.held_out):
                errors.append(self._error(self.held_out))
            if (error := (errors or losses)[-1]) < least:
                least, best, kept = error, epoch, self._copied()
            if epoch - best >= self.how.patience or not np.isfinite(error):
                break
        return Trained(kept, losses, errors, best, str(self.device))

    def _epoch(self) -> float:
        order, total = self._tensor(self.random.permutation(len(self.rows))), 0.0
        for rows in self._minibatches(order):
            self.optimizer.zero_grad()
            loss = self._loss(rows)
            loss.backward()
            self.optimizer.step()
            total = total + loss.detach() * len(rows)
        return float(total) / len(order)

    def _minibatches(self, order: Tensor) -> Iterator[Tensor]:
        for start in range(0, len(order), self.how.minibatch_size):
            yield self.rows[order[start : start + self.how.minibatch_size]]

    def _loss(self, rows: Tensor) -> Tensor:
        """Return the mean squared error; of a variational network, with its divergence from the standard normal in the same unit."""
        seen = rows + self.how.noise * self._normal(rows.shape) if self.how.variant == "denoising" else rows
        codes = self._layers(seen, "encoder")
        if self.how.variant != "variational":
            return self.torch.nn.functional.mse_loss(self._layers(codes, "decoder"), rows)
        means, logarithms = codes.chunk(2, dim=1)
        drawn = means + (logarithms / 2).exp() * self._normal(means.shape)
        divergence = (means**2 + logarithms.exp() - 1 - logarithms).sum() / rows.numel()
        return self.torch.nn.functional.mse_loss(self._layers(drawn, "decoder"), rows) + self.how.beta * divergence

    def _error(self, rows: Tensor) -> float:
        """Return the mean squared error without noise."""
        with self.torch.no_grad():
            codes = self._layers(rows, "encoder")[:, : self.how.sizes[-1]]
            return float(self.torch.nn.functional.mse_loss(self._layers(codes, "decoder"), rows))

    def _layers(self, values: Tensor, part: str) -> Tensor:
        n_layers = len(self.how.sizes) - 1
        for layer in range(n_layers):
            values = self.torch.nn.functional.linear(values, *(self.weights[f"{part}.{layer}.{name}"] for name in ("weight", "bias")))
            if layer < n_layers - 1:
                values = getattr(self.torch.nn.functional, self.how.activation)(values)
        return values

    def _normal(self, shape: Any) -> Tensor:
        return self._tensor(self.random.standard_normal(tuple(shape), dtype=np.float32))

    def _tensor(self, values: NDArray[Any]) -> Tensor:
        return self.torch.from_numpy(values).to(self.device)

    def _copied(self) -> Weights:
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in self.weights.items()}


def _first_weights(how: Training, random: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Draw weights within 1 / sqrt(inputs) of 0, as torch's linear layers do; a variational encoder gives means and log variances."""
    encoder = list(pairwise(how.sizes))
    if how.variant == "variational":
        encoder[-1] = (encoder[-1][0], 2 * encoder[-1][1])
    for part, layers in (("encoder", encoder), ("decoder", pairwise(how.sizes[::-1]))):
        for layer, (n_in, n_out) in enumerate(layers):
            for name, shape in (("weight", (n_out, n_in)), ("bias", (n_out,))):
                yield f"{part}.{layer}.{name}", random.uniform(-(n_in**-0.5), n_in**-0.5, shape).astype(np.float32)


def _chosen_device(device: Device, torch: Any) -> Any:
    found = bool(torch.cuda.is_available())
    if device == "cuda" and not found:
        raise DataError("device='cuda', but torch finds no such device here", hint="set device to 'auto' or 'cpu'")
    return torch.device("cuda" if found and device != "cpu" else "cpu")
