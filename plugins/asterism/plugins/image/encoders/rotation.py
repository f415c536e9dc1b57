"""The encoder `rotation`: a network that learns which way is up."""

from typing import Any

from asterism.framework import DataError

from ..learning.augmentation import Change, augmented
from ..learning.base import Learned


class Rotation(Learned):
    """Train a small convolutional network to tell by which quarter turn an image was turned.

    Images of any size, uint8, to float32, shape (n_images, n_components). It takes torch (`pip install asterism[torch]`), and a GPU where
    there is one. What tells the turn from the vectors is not kept.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, the mean loss of each epoch; `validation_curve_`, that of images
    held out.

    Raises `DataError` for fewer than 2 images, where `size` is no square, and where a GPU is asked for that is not there.

    Poor choice for images without an upside, such as those from a microscope or from the air.

    Source: Gidaris, Singh and Komodakis, "Unsupervised representation learning by predicting image rotations", ICLR 2018.
    """

    augmentation: tuple[Change, ...] = ("crop", "flip", "colour")
    """How images are changed before they are turned, so that there is more to learn from: "crop", "flip", "rotation" by up to 15 degrees,
    "colour", "grey", "blur"."""

    def _head(self, backbone: Any) -> Any:
        from ..learning.networks import head

        if self.size[0] != self.size[1]:
            raise DataError(f"`size` must be a square, because images are turned (got {self.size})", hint="such as [32, 32]")
        return head(self.n_components, 4)

    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        import torch
        from torch.nn.functional import cross_entropy

        changed = augmented(images, self.augmentation, draws)
        turned = torch.cat([changed.rot90(turns, (2, 3)) for turns in range(4)])
        return cross_entropy(head(backbone(turned)), torch.arange(4, device=images.device).repeat_interleave(len(images)))
