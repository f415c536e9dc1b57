"""The encoder `conv3d`: convolutions over time and space that learn to know a clip again by a part of it."""

from typing import Annotated, Any

from annotated_types import Gt

from ..learning.base import SelfTaughtVideo
from ..learning.views import viewed


class Conv3D(SelfTaughtVideo):
    """Train a small network of 3-D convolutions to tell two views of one clip, at other times, from those of all others in the batch.

    Clips to float32, shape (n_clips, n_components). Training takes torch (`pip install asterism[torch]`), on a GPU where there is one. With
    `differences`, which are on, the network sees what moves and how, and not what stands still. The last layers, which learn the task, are
    not used.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, a number for each epoch.

    Raises `DataError` for fewer than 2 clips, where a device is asked for that is not there, and where the loss is no number any more.

    Poor choice for a few dozens of clips, which teach it little beyond what such a network sees with random weights; and where single
    frames tell more than what moves.

    Sources: Qian et al., "Spatiotemporal contrastive video representation learning", CVPR 2021; of the convolutions, Tran et al., "Learning
    spatiotemporal features with 3D convolutional networks", ICCV 2015.
    """

    temperature: Annotated[float, Gt(0)] = 0.2
    """How much the most similar of the other clips count: less is more."""

    def _trunk(self) -> Any:
        from ..learning.networks import Trunk3D

        return Trunk3D(self._channels, self.n_components, differences=self.differences)

    def _head(self) -> Any:
        from ..learning.networks import head

        return head(self.n_components)

    def _loss(self, trunk: Any, head: Any, clips: Any, draws: Any) -> Any:
        import torch
        from torch.nn import functional

        views = torch.cat([viewed(clips, self.augmentation, draws) for _ in range(2)])
        codes = functional.normalize(head(trunk(views)))
        likeness = codes @ codes.T / self.temperature
        likeness.fill_diagonal_(-torch.inf)
        return functional.cross_entropy(likeness, torch.arange(len(views), device=views.device).roll(len(clips)))
