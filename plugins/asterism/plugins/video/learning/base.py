"""The encoder that trains a network on the videos themselves: all that the tasks have in common."""

from abc import abstractmethod
from collections.abc import Iterable
from itertools import count
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Encoder, Matrix, Records, report_problem
from asterism.plugins.threads import one_thread
from asterism.plugins.training import Device, Trained, TrainingPlan, device_of, seeded, train, weights_of, with_weights

from ..clip import Array, Clip
from ..rows import of_clips, stacked
from .views import EVERY, Change

Side = Annotated[int, Ge(8)]


class SelfTaughtVideo(Encoder):
    """An encoder of videos that a network is trained for; a task says what the network is and what its loss is."""

    reads: ClassVar[frozenset[str]] = frozenset({"video"})
    batch_size: ClassVar[int] = 16

    n_components: Annotated[int, Ge(2)] = 64
    """How many columns a clip gets: the width of the network."""
    n_frames: Annotated[int, Ge(8)] = 16
    """How many frames of a clip are looked at, evenly spaced; in training half of them at a time, one after the other. A clip of fewer
    frames shows some twice."""
    size: tuple[Side, Side] = (32, 32)
    """Height and width, in pixels, that frames are brought to first."""
    colour: bool = False
    """Look at red, green and blue; otherwise at grey."""
    differences: bool = True
    """Look at how each frame differs from the one before, so that only what moves is seen; otherwise at the frames."""
    augmentation: tuple[Change, ...] = EVERY
    """How the clips are changed in training, all frames of one alike: a "crop", a "mirror", other "light". Leave "mirror" out where left
    and right count."""
    epochs: Annotated[int, Ge(1)] = 30
    """How many times every clip is looked at in training."""
    minibatch_size: Annotated[int, Ge(2)] = 16
    """How many clips are looked at before the network is changed."""
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    """How much the network changes at a step, at most; in the beginning and in the end it is less."""
    device: Device = "auto"
    """Where to train: "auto" takes a GPU where there is one. Applying never needs one."""
    max_clips: Annotated[int, Ge(2)] = 10_000
    """Train on so many clips at most, drawn at random; they are held in memory, one byte for each value that is looked at."""
    random_state: int = 0
    """Seed of the network, of the order of the clips, and of all that is drawn."""

    @abstractmethod
    def _trunk(self) -> Any:
        """Make the network that is kept: from clips (n, channels, time, height, width), 0 to 1, to rows (n, n_components)."""

    @abstractmethod
    def _head(self) -> Any:
        """Make the layers that learn the task and are thrown away after it."""

    @abstractmethod
    def _loss(self, trunk: Any, head: Any, clips: Any, draws: Any) -> Any:
        """Compute the loss of a batch of clips."""

    @property
    def _channels(self) -> int:
        return 3 if self.colour else 1

    def fit(self, records: Records[Any], y: None = None) -> Self:
        device = device_of(self.device)
        clips = self._sample(records)
        network = seeded(self.random_state, self._network)

        def loss(rows: NDArray[np.int64], draws: Any) -> Any:
            return self._loss(network[0], network[1], _tensor(clips[rows]).to(device), draws)

        plan = TrainingPlan(self.epochs, self.minibatch_size, self.learning_rate, device=self.device)
        with one_thread():
            trained = train(network, len(clips), loss, plan, self.random_state)
        self.weights_, self.loss_curve_ = weights_of(network[0]), np.array(trained.loss_curve)
        self.notes_ = [_note(trained)]
        return self

    def transform(self, records: Iterable[Any]) -> Matrix:
        import torch

        weights = self.weights_  # it raises NotFittedError first, whatever the records are
        trunk = with_weights(seeded(self.random_state, self._trunk), weights)
        with torch.inference_mode(), one_thread():  # one clip at a time, so that its row does not depend on its neighbours
            return stacked(trunk(_tensor(frames[None]))[0].numpy() for frames in of_clips(records, self._frames))

    def _network(self) -> Any:
        from torch import nn

        return nn.ModuleList([self._trunk(), self._head()])

    def _sample(self, records: Records[Any]) -> Array:
        """Read the clips to train on, shape (n_clips, channels, n_frames, height, width)."""
        places = np.random.default_rng(self.random_state).permutation(len(records))
        if len(places) > self.max_clips:
            message = f"trained on {self.max_clips:,} of {len(places):,} clips (max_clips)"
            report_problem(message, count=len(places) - self.max_clips, expected=True)
        chosen, rows = set(places[: self.max_clips].tolist()), count()
        read = of_clips(records, lambda clip: self._frames(clip) if next(rows) in chosen else None)
        clips = [frames for frames in read if frames is not None]
        if len(clips) < 2:
            raise DataError("one clip teaches nothing" if clips else "there is not one clip", hint="give it at least two")
        clips.sort(key=lambda frames: frames.tobytes())  # whatever order they come in, one network comes out
        return np.stack(clips)

    def _frames(self, clip: Clip) -> Array:
        """Decode what is looked at of a clip, shape (channels, n_frames, height, width)."""
        frames = clip.stack(sample="count", count=self.n_frames, size=self.size, colour=self.colour)
        middles = (np.arange(self.n_frames) + 0.5) * len(frames) / self.n_frames  # of equal spans
        frames = frames[middles.astype(np.int64)]
        return np.moveaxis(frames, 3, 0) if self.colour else frames[None]


def _tensor(clips: Array) -> Any:
    import torch

    return torch.from_numpy(clips.astype(np.float32) / 255)


def _note(trained: Trained) -> str:
    where, curve = "a GPU" if trained.device == "cuda" else "the CPU", trained.loss_curve
    pace = f"{len(curve)} epochs at {trained.per_second:,.0f} clips per second on {where}"
    return f"{pace}; loss {curve[0]:.3g} in the first, {curve[-1]:.3g} in the last"
