"""A small vision transformer that sees some of the patches of an image, and what paints the others. Importing this module loads torch."""

from typing import Any

import torch
from torch import nn

N_HEADS = 4


class Seer(nn.Module):
    """What is kept: from (n, channels, height, width), 0 to 1, to (n, width), the mean of what all patches are to the transformer."""

    def __init__(self, channels: int, size: tuple[int, int], side: int, width: int, depth: int) -> None:
        super().__init__()
        self.side, self.n_patches, self.width = side, (size[0] // side) * (size[1] // side), width
        self.into = nn.Linear(channels * side**2, width)
        self.places = nn.Parameter(0.02 * torch.randn(self.n_patches, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)), nn.LayerNorm(width))

    def forward(self, images: Any) -> Any:
        return self.see(self.cut(images)).mean(1)

    def cut(self, images: Any) -> Any:
        """Cut images into patches: (n, channels, height, width) to (n, n_patches, channels * side ** 2), 0 in the middle."""
        cut = (images - 0.5).unfold(2, self.side, self.side).unfold(3, self.side, self.side)
        return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)

    def see(self, patches: Any, seen: Any = None) -> Any:
        """Tell what patches are, each in the light of the others: (n, n_patches or n_seen, width); `seen` (n, n_seen) are their numbers."""
        tokens = self.into(patches) + self.places
        return self.blocks(tokens if seen is None else _taken(tokens, seen))


class Painter(nn.Module):
    """What is thrown away: it paints all patches from those that were seen."""

    def __init__(self, seer: Seer) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.zeros(seer.width))
        self.places = nn.Parameter(0.02 * torch.randn(seer.n_patches, seer.width))
        self.blocks = nn.Sequential(Block(seer.width), nn.LayerNorm(seer.width), nn.Linear(seer.width, seer.into.in_features))

    def forward(self, tokens: Any, order: Any) -> Any:
        """Paint patches: (n, n_seen, width) to (n, n_patches, values); `order` (n, n_patches) has the numbers of the seen patches first."""
        n_hidden = order.shape[1] - tokens.shape[1]
        laid = torch.cat([tokens, self.hidden.expand(len(tokens), n_hidden, -1)], 1)
        return self.blocks(_taken(laid, order.argsort(1)) + self.places)


class Block(nn.Module):
    """Attention and two layers, each after a normalisation and added to what came in (Dosovitskiy et al., ICLR 2021)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = (N_HEADS if width % N_HEADS == 0 else 1, -1)
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.mixed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.layers = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: Any) -> Any:
        query, key, value = (part.unflatten(2, self.heads).transpose(1, 2) for part in self.mixed(self.norms[0](tokens)).chunk(3, 2))
        attended = nn.functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.out(attended.transpose(1, 2).flatten(2))
        return tokens + self.layers(self.norms[1](tokens))


def painting_error(seer: Seer, painter: Painter, images: Any, share: float, draws: Any) -> Any:
    """Hide a share of the patches; return the mean squared error of what is painted there, each patch brought to mean 0, variance 1."""
    patches = seer.cut(images)
    n, n_patches, _ = patches.shape
    n_seen = min(max(1, round(n_patches * (1 - share))), n_patches - 1)
    order = torch.rand(n, n_patches, generator=draws).argsort(1).to(images.device)
    painted = painter(seer.see(patches, order[:, :n_seen]), order)
    wanted = (patches - patches.mean(2, keepdim=True)) / (patches.var(2, keepdim=True) + 1e-4).sqrt()
    return _taken((painted - wanted) ** 2, order[:, n_seen:]).mean()


def _taken(rows: Any, numbers: Any) -> Any:
    """Take rows of each image: (n, n_rows, width) and (n, n_taken) to (n, n_taken, width)."""
    return rows.gather(1, numbers[:, :, None].expand(-1, -1, rows.shape[2]))
