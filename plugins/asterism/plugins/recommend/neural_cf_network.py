"""The network of neural collaborative filtering, its users being means of items. Importing this module loads torch."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class NeuralNetwork(nn.Module):
    """Scores of items for histories: a weighted product of their vectors, and a perceptron on both of them.

    The first layer of the perceptron is a sum of what it makes of the history and of the item, so that each is worked out once.
    """

    def __init__(self, n_items: int, n_factors: int, n_hidden: int, dropout: float) -> None:
        super().__init__()
        self.items, self.wanted, self.importance = (nn.Embedding(n_items, width) for width in (n_factors, n_factors, 1))
        for table in (self.items, self.wanted):
            nn.init.normal_(table.weight, std=n_factors**-0.5)
        nn.init.zeros_(self.importance.weight)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.of_history, self.of_item = nn.Linear(n_factors, n_hidden), nn.Linear(n_factors, n_hidden, bias=False)
        self.second, self.last = nn.Linear(n_hidden, n_hidden // 2), nn.Linear(n_hidden // 2, 1, bias=False)
        self.weights, self.dropout = nn.Parameter(torch.ones(n_factors)), nn.Dropout(dropout)
        nn.init.zeros_(self.last.weight)

    def histories(self, items: Any, owners: Any, n: int) -> tuple[Any, Any]:
        """Return two parts of each history, shapes (n, n_factors) and (n, n_hidden): `items` and `owners` say what stands in which one."""
        counts = self.importance(items).exp()
        sums = torch.zeros(n, self.items.embedding_dim, device=items.device).index_add(0, owners, counts * self.items(items))
        means = sums / torch.zeros(n, 1, device=items.device).index_add(0, owners, counts).clamp(min=1e-9)
        means = self.dropout(functional.normalize(means, dim=1) * self.items.embedding_dim**0.5)
        return means * self.weights, self.of_history(means)

    def candidates(self, items: Any) -> tuple[Any, Any, Any]:
        """Return three parts of each item, shapes (n, n_factors), (n, n_hidden) and (n,)."""
        vectors = self.wanted(items)
        return vectors, self.of_item(vectors), self.bias[items]

    def pairs(self, histories: tuple[Any, Any], candidates: tuple[Any, Any, Any]) -> Any:
        """Return the score of each history with the candidate at the same place, shape (n,)."""
        return (histories[0] * candidates[0]).sum(-1) + self._perceptron(histories[1] + candidates[1]) + candidates[2]

    def table(self, histories: tuple[Any, Any], candidates: tuple[Any, Any, Any]) -> Any:
        """Return the scores of each history with all candidates, shape (n_histories, n_candidates)."""
        hidden = histories[1][:, None] + candidates[1]
        return histories[0] @ candidates[0].T + self._perceptron(hidden) + candidates[2]

    def _perceptron(self, hidden: Any) -> Any:
        return self.last(functional.relu(self.second(functional.relu(hidden))))[..., 0]
