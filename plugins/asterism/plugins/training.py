"""The loop that trains networks on a user's own images and videos: seeded, on a CPU or a GPU, with what it took.

    network = seeded(random_state, make_network)
    trained = train(network, n_items, loss, TrainingPlan(epochs=20), random_state)
    self.weights_ = weights_of(network)                              # later: with_weights(make_network(), self.weights_)

`loss(rows, draws)` calls the network, which lies on `device_of(plan.device)`, and gives the mean loss of the items at `rows`, an int64
array; whatever it draws comes from `draws`, a `torch.Generator` of the CPU. The first weights, the order of the items and what layers draw
by themselves follow from the seed, and the random numbers of the host are left as they were.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from asterism.framework import DataError

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
"""Where a network is trained; "auto" takes a GPU where there is one."""
Weights: TypeAlias = dict[str, NDArray[Any]]
Loss: TypeAlias = Callable[[NDArray[np.int64], Any], Any]
Made = TypeVar("Made")

WARM_UP = 0.1
"""In this share of the steps the learning rate rises; in the others it falls as a cosine does (Loshchilov and Hutter, ICLR 2017)."""
SMALL = 2**15
"""A network of fewer weights works in one thread: more of them would wait for each other most of the time."""


@dataclass(frozen=True)
class TrainingPlan:
    """How to train."""

    epochs: int
    """How many times every item is looked at, at most."""
    minibatch_size: int = 128
    """How many items each step looks at."""
    learning_rate: float = 1e-3
    """The largest one, of AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019)."""
    weight_decay: float = 1e-4
    device: Device = "auto"
    validation_fraction: float = 0.0
    """Share of the items that is held out; where there are any, the weights that serve them best are kept."""
    patience: int = 10
    """The training ends when the loss of the items held out has not fallen for so many epochs."""


@dataclass(frozen=True)
class Trained:
    """What came of it."""

    loss_curve: list[float]
    """Mean loss of each epoch."""
    validation_curve: list[float]
    """After each epoch, the mean loss of the items held out; empty without any."""
    per_second: float
    """How many items went through the network in a second."""
    device: str
    """Where it was trained: cpu or cuda."""


def seeded(random_state: int, make: Callable[[], Made]) -> Made:
    """Call `make`, which makes a network, with torch's random numbers beginning at a seed."""
    with _seeds(random_state, "cpu"):
        return make()


def train(network: Any, n_items: int, loss: Loss, plan: TrainingPlan, random_state: int) -> Trained:
    """Train a network in place; it is ready to be applied, on the CPU, after it.

    Every epoch goes through the items in an order of its own. A minibatch of one is left out: it has nothing to be compared with.

    Raises `DataError` where a GPU is asked for that is not there, and where the loss becomes infinite or no number.
    """
    import torch

    device = device_of(plan.device)
    network.to(device)
    with _seeds(random_state, device), threads_for(network), torch.backends.cudnn.flags(enabled=True, deterministic=True):
        trained = _Training(network, n_items, loss, plan, random_state).run(device)
    network.to("cpu").eval()
    return trained


def device_of(wanted: Device) -> str:
    """Choose where to train; `DataError` where a GPU is asked for and torch finds none."""
    import torch

    found = torch.cuda.is_available()
    if wanted == "cuda" and not found:
        raise DataError("device='cuda', but torch finds no such device here", hint="set device to 'auto' or 'cpu'")
    return "cuda" if found and wanted != "cpu" else "cpu"


@contextmanager
def threads_for(network: Any) -> Iterator[None]:
    """Let a small network work in one thread."""
    import torch

    before = torch.get_num_threads()
    if sum(weight.numel() for weight in network.parameters()) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def weights_of(network: Any) -> Weights:
    """Return what a network learned as arrays by name."""
    return {name: np.array(value.detach().cpu().numpy(), order="C") for name, value in network.state_dict().items()}


def with_weights(network: Any, weights: Weights) -> Any:
    """Give a network what another one of its form had learned; it is ready to be applied then."""
    import torch

    network.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
    return network.eval()


class _Training:
    """One training: who learns from what, and how far it is."""

    def __init__(self, network: Any, n_items: int, loss: Loss, plan: TrainingPlan, random_state: int) -> None:
        import torch

        self.network, self.loss, self.plan, self.random_state = network, loss, plan, random_state
        self.draws = torch.Generator().manual_seed(random_state)
        order = torch.randperm(n_items, generator=self.draws).numpy()
        held_out = max(0, min(round(n_items * plan.validation_fraction), n_items - 2))  # two must be left to learn from
        self.rows, self.held_out = order[held_out:], order[:held_out]
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
        n_steps = plan.epochs * len(self._minibatches(self.rows))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: _rate(step, n_steps))

    def run(self, device: str) -> Trained:
        """Train until all epochs are done, or the loss of the items held out has not fallen for long."""
        losses, errors, best, begin = list[float](), list[float](), dict[str, Any](), time.perf_counter()
        while len(losses) < self.plan.epochs and len(errors) - _best_of(errors) < self.plan.patience:
            losses.append(self._epoch())
            _check_finite(losses)
            if len(self.held_out):
                errors.append(self._error())
                _check_finite(errors)
                if _best_of(errors) == len(errors):
                    best = weights_of(self.network)
        if best:
            with_weights(self.network, best)
        return Trained(losses, errors, len(losses) * len(self.rows) / max(time.perf_counter() - begin, 1e-9), device)

    def _epoch(self) -> float:
        import torch

        self.network.train()
        order = torch.randperm(len(self.rows), generator=self.draws).numpy()
        losses = [self._step(rows) for rows in self._minibatches(self.rows[order])]
        return float(torch.stack(losses).mean())

    def _step(self, rows: NDArray[np.int64]) -> Any:
        self.optimizer.zero_grad()
        loss = self.loss(rows, self.draws)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        return loss.detach()

    def _error(self) -> float:
        """Return the loss of the items held out; what is drawn for it is the same after every epoch."""
        import torch

        self.network.eval()
        draws = torch.Generator().manual_seed(self.random_state)
        with torch.no_grad():
            return float(torch.stack([self.loss(rows, draws) for rows in self._minibatches(self.held_out)]).mean())

    def _minibatches(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        found = [rows[start : start + self.plan.minibatch_size] for start in range(0, len(rows), self.plan.minibatch_size)]
        return found[:-1] if len(found) > 1 and len(found[-1]) == 1 else found


@contextmanager
def _seeds(random_state: int, device: str) -> Iterator[None]:
    """Begin torch's random numbers at a seed, and in the end put back those of the host; whatever modes the host is in are left."""
    import torch

    devices = [torch.cuda.current_device()] if device == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode(False), torch.enable_grad():
        torch.default_generator.manual_seed(random_state)  # the usual torch.manual_seed would reach the GPUs of the host, too
        if devices:
            torch.cuda.manual_seed(random_state)
        yield


def _check_finite(curve: list[float]) -> None:
    if not np.isfinite(curve[-1]):
        raise DataError(f"the loss is {curve[-1]} in epoch {len(curve)}", hint="lower `learning_rate`")


def _best_of(errors: list[float]) -> int:
    """Return the number, from 1, of the epoch with the smallest error; 0 without any."""
    return int(np.argmin(errors)) + 1 if errors else 0


def _rate(step: int, n_steps: int) -> float:
    rising = max(1.0, WARM_UP * n_steps)
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + float(np.cos(np.pi * (step - rising) / max(1.0, n_steps - rising))))
