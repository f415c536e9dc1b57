"""The networks: one that goes over frames and time alike, and one that goes from frame to frame. Importing this module loads torch."""

from itertools import pairwise
from typing import Any

import torch
from torch import nn

N_STEPS = 3
"""How many frames ahead the states of a recurrent network are to tell."""
FIRST_STATE = 3
"""The first state that has seen enough to tell anything."""


class Trunk3D(nn.Module):
    """Three stages of convolutions over time, height and width, and the mean over all places: (n, channels, time, h, w) to (n, width)."""

    def __init__(self, channels: int, width: int, *, differences: bool) -> None:
        super().__init__()
        self.differences = differences
        widths = [channels, *(max(4, width // part) for part in (4, 2)), width]
        stages = [self._stage(before, after, 1 if place == 0 else 2) for place, (before, after) in enumerate(pairwise(widths))]
        self.stages = nn.Sequential(*stages)

    @staticmethod
    def _stage(before: int, after: int, pace: int) -> nn.Module:
        convolution = nn.Conv3d(before, after, 3, stride=(pace, 2, 2), padding=1, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm3d(after), nn.ReLU())

    def forward(self, clips: Any) -> Any:
        return self.stages(_seen(clips, self.differences)).mean((2, 3, 4))


class Recurrent(nn.Module):
    """Convolutions that look at each frame, and an LSTM that goes through them; gives the mean of its states, (n, width)."""

    def __init__(self, channels: int, width: int, *, differences: bool) -> None:
        super().__init__()
        self.differences = differences
        stages = [
            nn.Sequential(nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU())
            for before, after in pairwise((channels, 16, 32, 64))
        ]
        self.look = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * 64, width))
        self.remember = nn.LSTM(width, width, batch_first=True)

    def forward(self, clips: Any) -> Any:
        return self.states(clips)[1].mean(1)

    def states(self, clips: Any) -> tuple[Any, Any]:
        """Return what is seen in each frame and what is remembered after it, both (n, time, width)."""
        seen = _seen(clips, self.differences).transpose(1, 2)
        looks = self.look(seen.flatten(0, 1)).reshape(*seen.shape[:2], -1)
        return looks, self.remember(looks)[0]


class Ahead(nn.Module):
    """Layers that tell from a state what will be seen some frames later: a layer for each distance."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(nn.Linear(width, width) for _ in range(N_STEPS))

    def error(self, looks: Any, states: Any, temperature: float) -> Any:
        """Return how hard what comes is to find by what is told, among all frames of all clips (InfoNCE)."""
        steps = list(self.steps)[: max(1, states.shape[1] - 1)]
        first = min(FIRST_STATE, states.shape[1] - 1 - len(steps))
        return torch.stack([self._error(layer, looks, states, first, ahead, temperature) for ahead, layer in enumerate(steps, 1)]).mean()

    @staticmethod
    def _error(layer: Any, looks: Any, states: Any, first: int, ahead: int, temperature: float) -> Any:
        told = nn.functional.normalize(layer(states[:, first:-ahead]), dim=2).flatten(0, 1)
        came = nn.functional.normalize(looks[:, first + ahead :], dim=2).flatten(0, 1)
        return nn.functional.cross_entropy(told @ came.T / temperature, torch.arange(len(told), device=told.device))


def head(width: int) -> nn.Module:
    """Make the two layers that learn the task and are thrown away after it."""
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))


def _seen(clips: Any, differences: bool) -> Any:
    return clips[:, :, 1:] - clips[:, :, :-1] if differences else clips - 0.5
