"""The network that reads a history in order and says after each item what may come next. Importing this module loads torch."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class SequenceNetwork(nn.Module):
    """Vectors of the beginnings of histories, to be multiplied with those of the items, which are the ones that it reads.

    The layers add nothing at first, so that training begins with the vector of the latest item.
    """

    def __init__(self, n_items: int, n_factors: int, n_layers: int, n_heads: int, max_length: int, dropout: float) -> None:
        super().__init__()
        self.items, self.positions = nn.Embedding(n_items, n_factors), nn.Embedding(max_length, n_factors)
        nn.init.normal_(self.items.weight, std=n_factors**-0.5)
        nn.init.normal_(self.positions.weight, std=0.02)
        self.layers = nn.ModuleList([AttentionLayer(n_factors, n_heads, dropout) for _ in range(n_layers)])
        self.dropout, self.norm = nn.Dropout(dropout), nn.LayerNorm(n_factors)

    def forward(self, items: Any, lengths: Any) -> Any:
        """Return a vector for each beginning, shape (n, length, n_factors).

        `items`, int64 of shape (n, length), is filled up on the right with any items: what follows after a place plays no part there.
        Places are counted from the latest item, 0.
        """
        places = lengths[:, None] - 1 - torch.arange(items.shape[1], device=items.device)
        rows = self.dropout(self.items(items)) + self.positions(places.clamp(min=0))
        for layer in self.layers:
            rows = layer(rows)
        return self.norm(rows)


class AttentionLayer(nn.Module):
    """Attention and a small network for each place, both added to what comes in, which is normalised before (Xiong et al., ICML 2020)."""

    def __init__(self, n_factors: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = n_heads, nn.Dropout(dropout)
        self.first_norm, self.second_norm = nn.LayerNorm(n_factors), nn.LayerNorm(n_factors)
        self.asked, self.joined = nn.Linear(n_factors, 3 * n_factors), nn.Linear(n_factors, n_factors)
        self.wide, self.narrow = nn.Linear(n_factors, 2 * n_factors), nn.Linear(2 * n_factors, n_factors)
        nn.init.zeros_(self.joined.weight)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, rows: Any) -> Any:
        """Change rows of shape (n, length, n_factors)."""
        rows = rows + self.dropout(self._attended(self.first_norm(rows)))
        return rows + self.dropout(self.narrow(functional.gelu(self.wide(self.second_norm(rows)))))

    def _attended(self, rows: Any) -> Any:
        n, length, width = rows.shape
        parts = self.asked(rows).view(n, length, 3, self.n_heads, width // self.n_heads).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
        return self.joined(seen.transpose(1, 2).reshape(n, length, width))
