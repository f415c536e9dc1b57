"""The encoder `jigsaw`: a network that learns to put the tiles of an image in order."""

from functools import cache
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from asterism.framework import DataError

from ..learning.augmentation import Change, augmented
from ..learning.base import Learned

CANDIDATES = 5_000
"""So many permutations are drawn, to choose from those that differ most from each other."""
LEAST_TILE = 4
"""Fewer pixels on a side have nothing to tell."""


class Jigsaw(Learned):
    """Train a small convolutional network to tell in which order the tiles of an image were laid, of some orders that differ much.

    Images of any size, uint8, to float32, shape (n_images, n_components): what the network, which has seen tiles, says of the whole image.
    It takes torch (`pip install asterism[torch]`), and a GPU where there is one. What puts the tiles in order is not kept.

    Learns `weights_`, the arrays of the network by name; `loss_curve_`, the mean loss of each epoch; `validation_curve_`, that of images
    held out.

    Raises `DataError` for fewer than 2 images, where tiles would be smaller than 4 pixels, and where a GPU is asked for that is not there.

    Poor choice for small images, whose tiles fit by the lines across their borders whatever they show, and for textures, whose tiles have
    no order.

    Source: Noroozi and Favaro, "Unsupervised learning of visual representations by solving jigsaw puzzles", ECCV 2016.
    """

    n_tiles: Annotated[int, Ge(2), Le(4)] = 2
    """An image is cut into so many by so many tiles; the paper takes 3, which wants a larger `size`."""
    n_permutations: Annotated[int, Ge(2), Le(1000)] = 24
    """How many orders there are to choose from; of 2 by 2 tiles there are no more than 24."""
    augmentation: tuple[Change, ...] = ("crop", "flip", "colour", "grey")
    """How tiles are changed, each by itself, so that colours and lines at their borders do not give the order away: "crop", "flip",
    "rotation" by up to 15 degrees, "colour", "grey", "blur"."""

    def _head(self, backbone: Any) -> Any:
        from ..learning.networks import head

        if min(self.size) < LEAST_TILE * self.n_tiles:
            reason = f"tiles would be smaller than {LEAST_TILE} pixels (size={self.size}, n_tiles={self.n_tiles})"
            raise DataError(reason, hint="raise `size`, or lower `n_tiles`")
        return head(self.n_components * self.n_tiles**2, len(self._orders()))

    def _loss(self, backbone: Any, head: Any, images: Any, draws: Any) -> Any:
        import torch
        from torch.nn.functional import cross_entropy

        orders = torch.from_numpy(self._orders())
        chosen = torch.randint(len(orders), (len(images),), generator=draws)
        tiles = tiles_of(images, self.n_tiles)
        laid = tiles[torch.arange(len(images))[:, None], orders[chosen]]
        vectors = backbone(augmented(laid.flatten(0, 1), self.augmentation, draws))
        return cross_entropy(head(vectors.reshape(len(images), -1)), chosen.to(images.device))

    def _orders(self) -> NDArray[np.int64]:
        return permutations(self.n_tiles**2, self.n_permutations, self.random_state).copy()


def tiles_of(images: Any, n_tiles: int) -> Any:
    """Cut images, (n, channels, height, width), into tiles, (n, n_tiles ** 2, channels, height, width), row by row; a rest is left out."""
    height, width = (length // n_tiles for length in images.shape[2:])
    cut = images[:, :, : n_tiles * height, : n_tiles * width].unfold(2, height, height).unfold(3, width, width)
    return cut.permute(0, 2, 3, 1, 4, 5).flatten(1, 2)


@cache
def permutations(n: int, n_wanted: int, random_state: int) -> NDArray[np.int64]:
    """Choose permutations of n things, shape (n_wanted, n) or fewer, each the one that differs most from all before."""
    random = np.random.default_rng(random_state)
    drawn = np.unique(np.argsort(random.random((CANDIDATES, n)), axis=1), axis=0)
    chosen = [int(random.integers(len(drawn)))]
    nearest = (drawn != drawn[chosen[0]]).sum(axis=1)
    while len(chosen) < min(n_wanted, len(drawn)):
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, (drawn != drawn[chosen[-1]]).sum(axis=1))
    return drawn[chosen]
