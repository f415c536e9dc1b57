"""The encoder that trains a network on the images themselves: all that the tasks have in common."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, Records, report_problem
from asterism.plugins.training import Device, Trained, TrainingPlan, device_of, seeded, threads_for, train, weights_of, with_weights

from ..sizing import images_of, of_one_size

AT_ONCE = 64
"""So many images go through the network together when it is applied."""


class Learned(Encoder):
    """An encoder that a network is trained for, on the images themselves.

    A subclass says what the task is: `_head` makes what stands on the network while it learns, `_loss` tells how well both do it.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"image"})

    size: tuple[Annotated[int, Ge(8)], Annotated[int, Ge(8)]] = (32, 32)
    """Height and width, in pixels, that every image is brought to, whatever its proportions."""
    colour: bool = True
    """Look at red, green and blue; otherwise at grey."""
    n_components: Annotated[int, Ge(2)] = 64
    """How many columns an image gets: the width of the network."""
    epochs: Annotated[int, Ge(1)] = 30
    """How many times every image is looked at in training."""
    minibatch_size: Annotated[int, Ge(2)] = 128
    """How many images each step of the training looks at."""
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    """The largest size of a step (AdamW's); it rises in the first tenth of the training and falls to 0 in the others."""
    validation_fraction: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the images that is held out to tell when to stop; with none, all epochs are done."""
    patience: Annotated[int, Ge(1)] = 10
    """The training ends when the loss of the images held out has not fallen for so many epochs; the best network is kept."""
    max_images: Annotated[int, Ge(2)] = 100_000
    """Train on so many images at most, drawn at random; they are held in memory, at `size`, a byte for each value."""
    device: Device = "auto"
    """Where to train; "auto" takes a GPU where there is one. Applying never needs one."""
    random_state: int = 0
    """Seed of the first weights, of the order of the images, of their changes, and of which ones are held out."""

    def _backbone(self) -> Any:
        """Make the network that is kept: from a tensor (n, channels, height, width), 0 to 1, to (n, n_components)."""
        from .networks import Trunk

        return Trunk(self._channels, self.n_components)

    @abstractmethod
    def _head(self, backbone: Any) -> Any:
        """Make what learns the task from the vectors of `backbone`, and is thrown away after it."""

    @abstractmethod
    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        """Return the mean loss of images, a tensor as `_backbone` takes it; `draws` is a `torch.Generator` of the CPU."""

    @property
    def _channels(self) -> int:
        return 3 if self.colour else 1

    def fit(self, records: Records[Any], y: None = None) -> Self:
        device = device_of(self.device)
        images = self._sample(records)
        network = seeded(self.random_state, self._network)
        plan = TrainingPlan(
            self.epochs,
            self.minibatch_size,
            self.learning_rate,
            device=self.device,
            validation_fraction=self.validation_fraction,
            patience=self.patience,
        )

        def loss(rows: NDArray[np.int64], draws: Any) -> Any:
            return self._loss(network[0], network[1], _tensor(images[rows]).to(device), draws)

        trained = train(network, len(images), loss, plan, self.random_state)
        self.weights_ = weights_of(network[0])
        self.loss_curve_, self.validation_curve_ = np.array(trained.loss_curve), np.array(trained.validation_curve)
        self.notes_ = [_note(trained)]
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        import torch

        weights = self.weights_  # it raises NotFittedError first, whatever the records are
        backbone = with_weights(self._backbone(), weights)
        with torch.inference_mode(), threads_for(backbone):
            rows = [_applied(backbone, images) for images in self._batches(records)]
        if not rows:
            raise DataError("there is not one image to encode", hint="give it at least one")
        return np.concatenate(rows)

    def _network(self) -> Any:
        from torch import nn

        backbone = self._backbone()
        return nn.ModuleList([backbone, self._head(backbone)])

    def _sample(self, records: Sequence[Any] | Records[Any]) -> NDArray[np.uint8]:
        """Read the images to train on, in an order that depends on them alone: (n, height, width) or (n, height, width, 3)."""
        rows = self._rows(len(records))
        if len(rows) < len(records):
            records = records.take(rows) if isinstance(records, Records) else [records[row] for row in rows]
        try:
            images = of_one_size(records, self.size, colour=self.colour)
        except DataError as error:
            error.rows = tuple(rows[row] for row in error.rows)
            raise
        if len(images) < 2:
            raise DataError("one image teaches nothing", hint="give it at least two")
        as_bytes = images.reshape(len(images), -1).view(np.dtype((np.void, images[0].size))).ravel()
        return images[np.argsort(as_bytes, kind="stable")]

    def _rows(self, n_images: int) -> Sequence[int]:
        """Choose the images to train on."""
        if n_images <= self.max_images:
            return range(n_images)
        report_problem(
            f"trained on {self.max_images:,} of {n_images:,} images (max_images)", count=n_images - self.max_images, expected=True
        )
        chosen: list[int] = np.sort(np.random.default_rng(self.random_state).permutation(n_images)[: self.max_images]).tolist()
        return chosen

    def _batches(self, records: Iterable[Any]) -> Iterator[NDArray[np.uint8]]:
        images = images_of(records, self.size, colour=self.colour)
        while batch := list(islice(images, AT_ONCE)):
            yield np.stack(batch)


def _applied(backbone: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the rows of images; one alone goes in twice, because torch adds up the convolutions of a single image in another order."""
    rows: NDArray[np.float32] = backbone(_tensor(images if len(images) > 1 else np.repeat(images, 2, axis=0))).numpy()
    return rows[: len(images)]


def _tensor(images: NDArray[np.uint8]) -> Any:
    """Return images as a tensor of shape (n, channels, height, width), 0 to 1."""
    import torch

    tensor = torch.from_numpy(images)
    return (tensor.permute(0, 3, 1, 2) if images.ndim == 4 else tensor[:, None]) / 255


def _note(trained: Trained) -> str:
    where = "a GPU" if trained.device == "cuda" else "the CPU"
    losses = f"loss {trained.loss_curve[0]:.3g} in the first, {trained.loss_curve[-1]:.3g} in the last"
    held_out = f", {min(trained.validation_curve):.3g} at best of images held out" if trained.validation_curve else ""
    return f"{len(trained.loss_curve)} epochs at {trained.per_second:,.0f} images per second on {where}; {losses}{held_out}"
