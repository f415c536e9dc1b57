"""The encoder `autoencoder`: the code of a convolutional network that learned to give images back."""

from typing import Annotated, Any

from annotated_types import Ge

from ..learning.augmentation import Change, augmented
from ..learning.base import Learned

LEAST_WIDTH = 64
"""The code may be narrow, the network before it not."""


class ImageAutoencoder(Learned):
    """Squeeze images through a small convolutional network that learns to paint them again from what its narrowest layer says.

    Images of any size, uint8, to float32, shape (n_images, n_components). It takes torch (`pip install asterism[torch]`), and a GPU where
    there is one.

    Learns `weights_`, the arrays of the network by name, without those that paint; `loss_curve_`, the mean squared error of each epoch, of
    1 from black to white; `validation_curve_`, that of the images held out.

    Raises `DataError` for fewer than 2 images, and where a GPU is asked for that is not there.

    Poor choice where large areas are of no interest: it keeps what has many pixels. `pca` of `pixels` does nearly the same, at once.

    Source: Masci et al., "Stacked convolutional auto-encoders for hierarchical feature extraction", ICANN 2011.
    """

    n_components: Annotated[int, Ge(2)] = 32
    """How many columns an image gets: the length of its code."""
    augmentation: tuple[Change, ...] = ()
    """How images are changed before they are painted again: "crop", "flip", "rotation" by up to 15 degrees, "colour", "grey", "blur"."""

    def _backbone(self) -> Any:
        from torch import nn

        from ..learning.networks import Trunk

        width = max(LEAST_WIDTH, self.n_components)
        return nn.Sequential(Trunk(self._channels, width), nn.Linear(width, self.n_components))

    def _head(self, backbone: Any) -> Any:
        from ..learning.networks import Decoder

        return Decoder(self._channels, self.n_components, self.size)

    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        from torch.nn.functional import mse_loss

        changed = augmented(images, self.augmentation, draws)
        return mse_loss(head(backbone(changed)), changed)
