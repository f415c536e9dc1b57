"""The encoder `masked_autoencoder`: a transformer that learns to paint the hidden parts of an image."""

from typing import Annotated, Any

from annotated_types import Ge, Gt, Lt

from asterism.framework import DataError

from ..learning.augmentation import Change, augmented
from ..learning.base import Learned


class MaskedAutoencoder(Learned):
    """Train a small vision transformer to paint patches of an image that it does not see, from those that it sees.

    Images of any size, uint8, to float32, shape (n_images, n_components): the mean of what the encoder says of all patches. It takes torch
    (`pip install asterism[torch]`), and a GPU where there is one. What paints is not kept.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, the mean squared error of each epoch, in patches of variance 1;
    `validation_curve_`, that of the images held out.

    Raises `DataError` for fewer than 2 images, where `size` is not of two or more whole patches, and where a GPU is asked for that is not
    there.

    Poor choice for few images and short training: transformers learn late. `simclr` is better then.

    Source: He et al., "Masked autoencoders are scalable vision learners", CVPR 2022.
    """

    n_components: int = 64
    """How many columns an image gets: the width of the transformer."""
    patch_size: Annotated[int, Ge(1)] = 4
    """Side of a patch, in pixels."""
    depth: Annotated[int, Ge(1)] = 3
    """How many blocks of attention the encoder has."""
    mask_ratio: Annotated[float, Gt(0), Lt(1)] = 0.75
    """Which share of the patches is hidden."""
    augmentation: tuple[Change, ...] = ("crop", "flip")
    """How images are changed before patches are hidden: "crop", "flip", "rotation" by up to 15 degrees, "colour", "grey", "blur"."""

    def _backbone(self) -> Any:
        from ..learning.transformer import Seer

        height, width = self.size
        if height % self.patch_size or width % self.patch_size or height * width == self.patch_size**2:
            reason = f"an image of {height} x {width} pixels is not two or more patches of patch_size={self.patch_size}"
            raise DataError(reason, hint="choose a `size` of whole patches")
        return Seer(self._channels, self.size, self.patch_size, self.n_components, self.depth)

    def _head(self, backbone: Any) -> Any:
        from ..learning.transformer import Painter

        return Painter(backbone)

    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        from ..learning.transformer import painting_error

        return painting_error(backbone, head, augmented(images, self.augmentation, draws), self.mask_ratio, draws)
