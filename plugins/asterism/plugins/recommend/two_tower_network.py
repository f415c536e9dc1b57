"""The two networks that place items and histories in one space, and what they learn from. Importing this module loads torch."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional


class TwoTowers(nn.Module):
    """One tower makes the vector of an item of its content and, for the first items, of its id; the other that of a history of these."""

    def __init__(self, n_features: int, n_ids: int, hidden_size: int, n_factors: int) -> None:
        super().__init__()
        self.content = _layers(n_features, hidden_size, n_factors)
        self.ids = nn.Embedding(n_ids, n_factors)
        self.taste = _layers(n_factors, hidden_size, n_factors)
        nn.init.normal_(self.ids.weight, std=0.02)

    def items(self, content: Any, ids: Any, known: Any) -> Any:
        """Return the vectors of items, shape (n, n_factors); `known`, of ones and zeros, tells for which the id counts."""
        return self.content(content) + self.ids(ids) * known[:, None]

    def histories(self, means: Any) -> Any:
        """Return the vectors of histories whose items' vectors have these means."""
        return means + self.taste(means)


def _layers(n_in: int, hidden_size: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n_in, hidden_size), nn.ReLU(), nn.Linear(hidden_size, n_out))


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the towers learn: to find each item of a history by some of the others, among the items of a minibatch and random ones."""

    towers: TwoTowers
    content: Any
    """The content of all items, a tensor on the device, shape (n_items, n_features)."""
    touched: Any
    """The weights of each user with each item, CSR of shape (n_users, n_items)."""
    n_history: int
    """How many of the other items are drawn."""
    n_negatives: int
    """How many random items there are beside those of the minibatch."""
    id_dropout: float
    """For which share of the items the id does not count."""
    pairs: NDArray[np.int64] = field(init=False)
    """The cells of `touched` whose user touched another item as well."""
    owners: NDArray[np.int64] = field(init=False)
    """The user of each cell of `touched`."""
    shares: NDArray[np.float64] = field(init=False)
    """The share of all pairs that each item has, shape (n_items,)."""

    def __post_init__(self) -> None:
        lengths = np.diff(self.touched.indptr)
        owners = np.repeat(np.arange(len(lengths)), lengths)
        pairs = np.flatnonzero(lengths[owners] > 1)
        counts = np.bincount(self.touched.indices[pairs], minlength=self.touched.shape[1])
        for name, value in (("owners", owners), ("pairs", pairs), ("shares", counts / max(len(pairs), 1))):
            object.__setattr__(self, name, value)

    def loss(self, rows: NDArray[np.int64], draws: torch.Generator) -> Any:
        """Return the mean cross-entropy of the pairs at `rows`."""
        cells = self.pairs[rows]
        others, n_items = self._others(cells, draws), self.touched.shape[1]
        random = torch.randint(n_items, (self.n_negatives,), generator=draws).numpy()
        candidates, targets = np.unique(np.concatenate([self.touched.indices[cells], random]), return_inverse=True)
        items, places = np.unique(np.concatenate([self.touched.indices[others].ravel(), candidates]), return_inverse=True)
        vectors = self._vectors(items, draws)
        means = self._on_device(self._means(self.touched.data[others], places[: others.size], len(items))) @ vectors
        scores = self.towers.histories(means) @ vectors[self._on_device(places[others.size :])].T
        scores = scores - self._on_device(self._log_chance(candidates, len(rows)))
        return functional.cross_entropy(scores, self._on_device(targets[: len(rows)]))

    def _others(self, cells: NDArray[np.int64], draws: torch.Generator) -> NDArray[np.int64]:
        """Draw cells of the same users, shape (n_cells, n_history), never those at `cells`."""
        starts = self.touched.indptr[self.owners[cells]].astype(np.int64)
        n_others = self.touched.indptr[self.owners[cells] + 1] - starts - 1
        drawn = torch.rand(len(cells), self.n_history, generator=draws, dtype=torch.float64).numpy()
        places = (drawn * n_others[:, np.newaxis]).astype(np.int64)
        others: NDArray[np.int64] = starts[:, np.newaxis] + places + (places >= (cells - starts)[:, np.newaxis])
        return others

    def _vectors(self, items: NDArray[np.int64], draws: torch.Generator) -> Any:
        known = items < self.towers.ids.num_embeddings
        if self.towers.training:
            known &= torch.rand(len(items), generator=draws).numpy() >= self.id_dropout
        ids = np.minimum(items, self.towers.ids.num_embeddings - 1)
        parts = (items, ids, known.astype(np.float32))
        at, ids, known = map(self._on_device, parts)
        return self.towers.items(self.content[at], ids, known)

    def _means(self, weights: NDArray[np.float32], places: NDArray[np.int64], n_items: int) -> NDArray[np.float32]:
        """Return what each item counts in each history, shape (n_histories, n_items), each row adding up to 1."""
        means = np.zeros((len(weights), n_items), np.float32)
        owners = np.repeat(np.arange(len(weights)), weights.shape[1])
        np.add.at(means, (owners, places), (weights / weights.sum(axis=1, keepdims=True)).ravel())
        return means

    def _log_chance(self, candidates: NDArray[np.int64], n_pairs: int) -> NDArray[np.float32]:
        """Return the logarithm of the chance of each candidate to be among them: by the pairs of a minibatch, or at random."""
        missed = (1 - self.shares[candidates]) ** n_pairs * (1 - 1 / self.touched.shape[1]) ** self.n_negatives
        chance: NDArray[np.float32] = np.log1p(-missed).astype(np.float32)
        return chance

    def _on_device(self, values: NDArray[Any]) -> Any:
        return torch.from_numpy(values).to(self.content.device)
