"""The encoder `frame_lstm`: a network that goes from frame to frame and learns to tell what comes."""

from typing import Annotated, Any

from annotated_types import Gt

from ..learning.base import SelfTaughtVideo
from ..learning.views import viewed


class FrameLSTM(SelfTaughtVideo):
    """Train convolutions that look at frames, and an LSTM that remembers them, to tell what will be seen one, two and three frames later.

    Clips to float32, shape (n_clips, n_components): the mean of what is remembered. What comes is to be found among all frames of all clips
    of the batch (contrastive predictive coding), so both what a clip shows and how that moves must be known. Training takes torch
    (`pip install asterism[torch]`), on a GPU where there is one. With `differences`, which are on, frames are seen by what changes in them.
    The last layers, which learn the task, are not used.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, a number for each epoch.

    Raises `DataError` for fewer than 2 clips, where a device is asked for that is not there, and where the loss is no number any more.

    Poor choice for a few dozens of clips, which teach it little beyond what such a network sees with random weights; and where single
    frames tell more than what moves.

    Sources: van den Oord, Li and Vinyals, "Representation learning with contrastive predictive coding", 2018; of videos, Han, Xie and
    Zisserman, "Video representation learning by dense predictive coding", ICCV workshops 2019.
    """

    temperature: Annotated[float, Gt(0)] = 0.1
    """How much the most similar of the other frames count: less is more."""

    def _trunk(self) -> Any:
        from ..learning.networks import Recurrent

        return Recurrent(self._channels, self.n_components, differences=self.differences)

    def _head(self) -> Any:
        from ..learning.networks import Ahead

        return Ahead(self.n_components)

    def _loss(self, trunk: Any, head: Any, clips: Any, draws: Any) -> Any:
        looks, states = trunk.states(viewed(clips, self.augmentation, draws))
        return head.error(looks, states, self.temperature)
