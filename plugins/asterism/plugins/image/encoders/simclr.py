"""The encoder `simclr`: a network that learns to know an image again after it was changed."""

from typing import Annotated, Any

from annotated_types import Ge, Gt

from ..learning.augmentation import Change, augmented
from ..learning.base import Learned


class SimCLR(Learned):
    """Train a small convolutional network to tell two changed views of one image from those of all others in the minibatch.

    Images of any size, uint8, to float32, shape (n_images, n_components). It takes torch (`pip install asterism[torch]`), and a GPU where
    there is one. The loss is NT-Xent; the layers that project the vectors to where it is computed are not kept.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, the mean loss of each epoch; `validation_curve_`, that of images
    held out.

    Raises `DataError` for fewer than 2 images, and where a GPU is asked for that is not there.

    Poor choice for some hundred images, which teach a network little (`hog` needs none), and where the changes destroy what matters: take
    "colour" and "grey" out of `augmentation` where colour is what tells groups apart.

    Source: Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual representations", ICML 2020.
    """

    epochs: Annotated[int, Ge(1)] = 60
    """How many times every image is looked at in training."""
    augmentation: tuple[Change, ...] = ("crop", "flip", "colour", "grey")
    """How views differ: a "crop", a "flip", a "rotation" by up to 15 degrees, other "colour", sometimes "grey" or with "blur"."""
    temperature: Annotated[float, Gt(0)] = 0.2
    """By what similarities are divided: the smaller, the more the most similar of the other images count."""

    def _head(self, backbone: Any) -> Any:
        from ..learning.networks import HEAD_WIDTH, head

        return head(self.n_components, HEAD_WIDTH)

    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        import torch

        views = torch.cat([augmented(images, self.augmentation, draws) for _ in range(2)])
        return contrast(head(backbone(views)), self.temperature)


def contrast(vectors: Any, temperature: float) -> Any:
    """Return NT-Xent: how badly the other view of each image is told from the views of other images.

    `vectors` (2 n, width) has the first views of all images, then their second ones in the same order.
    """
    import torch
    from torch.nn import functional

    directions = functional.normalize(vectors)
    similarities = directions @ directions.T / temperature
    others = similarities.masked_fill(torch.eye(len(vectors), dtype=torch.bool, device=vectors.device), -torch.inf)
    return functional.cross_entropy(others, torch.arange(len(vectors), device=vectors.device).roll(len(vectors) // 2))
