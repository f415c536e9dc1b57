"""The recommender that reads a history in order and says what comes next."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.threads import one_thread
from asterism.plugins.training import Device, TrainingPlan, device_of, seeded, train, weights_of, with_weights

from .factors import FactorScorer, Query
from .logs import Log

ITEMS = "items.weight"
"""Name of the vectors of the items among the weights of a network."""
NEAR = 10
"""Events at most so many places apart make their items near before the training."""
SMOOTHING = 0.75
"""Negatives are drawn in proportion to an item's events to this power, as in word2vec."""

Runs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Which runs of events, their items of shape (n, longest), and how many each has."""


class Sequential(FactorScorer):
    """Tells the next item from the latest ones, in their order, by a network with attention (SASRec).

    After each event the network gives a vector, whose products with the vectors of all items are to be largest for the item that came
    next: a softmax over all items, or over the next one and `n_negatives` drawn at random, each of which counts for as many as it stands
    for. Before that, the vectors of the items are those of a factorisation of how often two items stand near each other (positive
    pointwise mutual information), with which few epochs do. Weights play no part; they must be above 0. A log whose events are in no
    meaningful order is better served by another recommender.

    Beside what every recommender of this family learns, `item_factors_` holds the vectors of the items, float32 of shape (n_items,
    n_factors), `weights_` the other weights of the network, `loss_curve_` and `validation_curve_` the mean loss of each epoch.

    Raises `DataError` where no history holds two events, and where `n_heads` does not divide `n_factors`.

    Kang and McAuley, "Self-attentive sequential recommendation", ICDM 2018; the softmax: Klenitskiy and Vasilev, "Turning dross into gold
    loss: is BERT4Rec really better than SASRec?", RecSys 2023; the start: Levy and Goldberg, "Neural word embedding as implicit matrix
    factorization", NIPS 2014.
    """

    n_factors: Annotated[int, Ge(1)] = 128
    """Length of the vectors of items and histories."""
    n_layers: Annotated[int, Ge(1)] = 1
    """How many layers of attention."""
    n_heads: Annotated[int, Ge(1)] = 2
    """How many items a layer can look for at once; it must divide `n_factors`."""
    max_length: Annotated[int, Ge(1)] = 50
    """How many of the latest items count. A longer history is learned from in pieces."""
    n_negatives: Annotated[int, Ge(1)] = 512
    """How many items each step of the training tells the next ones from; where there are no more items than these, all."""
    epochs: Annotated[int, Ge(1)] = 8
    """How many times every history is looked at in training, at most; a log of few histories takes more."""
    minibatch_size: Annotated[int, Ge(2)] = 64
    """How many histories each step of the training looks at."""
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    """The largest size of a step (AdamW's); it rises in the first tenth of the training and falls to 0 in the others."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.5
    """Share of the numbers inside the network that are left out at random in training; fewer events ask for more."""
    validation_fraction: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the histories that is held out to tell when to stop; with none, all epochs are done."""
    patience: Annotated[int, Ge(1)] = 3
    """The training ends when the loss of the histories held out has not fallen for so many epochs; the best network is kept."""
    device: Device = "auto"
    """Where to train; "auto" takes a GPU where there is one. Recommending never needs one."""
    random_state: int = 0
    """Seed of the first weights, of the order of the histories, and of what is drawn and left out."""

    works_in_threads: ClassVar[bool] = False

    def _learn(self, log: Log) -> None:
        import torch

        lesson = _Lesson(log, self.max_length, self.n_negatives, device_of(self.device))
        network = seeded(self.random_state, lambda: self._network(len(log.items)))
        first = torch.from_numpy(_first_factors(log, self.n_factors, self.random_state))
        network.load_state_dict({ITEMS: first}, strict=False)
        with one_thread():
            trained = train(network, len(lesson), lambda rows, draws: lesson.loss(network, rows, draws), self._plan(), self.random_state)
        weights = weights_of(network)
        self.item_factors_, self.weights_ = weights.pop(ITEMS), weights
        self.loss_curve_, self.validation_curve_ = np.array(trained.loss_curve), np.array(trained.validation_curve)

    def _plan(self) -> TrainingPlan:
        return TrainingPlan(
            self.epochs,
            self.minibatch_size,
            self.learning_rate,
            device=self.device,
            validation_fraction=self.validation_fraction,
            patience=self.patience,
        )

    def _network(self, n_items: int) -> Any:
        from .sequence_network import SequenceNetwork

        if self.n_factors % self.n_heads:
            reason = f"n_heads must divide n_factors (got n_heads={self.n_heads}, n_factors={self.n_factors})"
            raise DataError(reason, hint="set n_heads to 1, or n_factors to a multiple of n_heads")
        return SequenceNetwork(n_items, self.n_factors, self.n_layers, self.n_heads, self.max_length, self.dropout)

    def _querier(self) -> Query:
        import torch

        network = with_weights(self._network(len(self.items_)), {**self.weights_, ITEMS: self.item_factors_})

        def query(histories: Log) -> NDArray[np.float32]:
            ends = histories.indptr[1:]
            starts = np.maximum(histories.indptr[:-1], ends - self.max_length)
            queries = np.zeros((len(histories), self.n_factors), np.float32)
            with torch.inference_mode(), one_thread():
                for rows, items, lengths in _filled_up(histories.columns, starts, ends):
                    vectors = network(torch.from_numpy(items), torch.from_numpy(lengths)).numpy()
                    queries[rows] = vectors[np.arange(len(rows)), lengths - 1]
            return queries

        return query


class _Lesson:
    """What is learned from: pieces of histories, in each of which every event but the first is told from those before it."""

    def __init__(self, log: Log, max_length: int, n_negatives: int, device: str) -> None:
        import torch

        self.columns, self.device, self.n_negatives = log.columns.astype(np.int64), device, n_negatives
        self.starts, self.ends = _pieces(log.indptr, max_length)
        self.draws_all = n_negatives >= len(log.items)
        shares = torch.from_numpy(np.bincount(log.columns, minlength=len(log.items)) ** SMOOTHING).float()
        self.shares = shares / shares.sum()

    def __len__(self) -> int:
        return len(self.starts)

    def loss(self, network: Any, rows: NDArray[np.int64], draws: Any) -> Any:
        """Return the mean loss of all events to be told in some pieces."""
        import torch
        from torch.nn import functional

        starts = self.starts[rows]
        runs = _filled_up(self.columns, starts, self.ends[rows] - 1)
        parts = [self._read(network, starts[some], items, lengths) for some, items, lengths in runs]
        vectors, targets = (torch.cat(found) for found in zip(*parts, strict=True))
        factors = network.items.weight
        if self.draws_all:
            return functional.cross_entropy(vectors @ factors.T, targets)
        return self._sampled(vectors, targets, factors, torch.multinomial(self.shares, self.n_negatives, replacement=True, generator=draws))

    def _read(self, network: Any, starts: NDArray[np.int64], items: NDArray[np.int64], lengths: NDArray[np.int64]) -> tuple[Any, Any]:
        """Return the vector after each event, shape (n, n_factors), and the item that came next, shape (n,)."""
        import torch

        places = np.arange(items.shape[1])
        known = places < lengths[:, None]
        targets = self.columns[(starts[:, None] + 1 + places)[known]]
        vectors = network(torch.from_numpy(items).to(self.device), torch.from_numpy(lengths).to(self.device))
        return vectors[torch.from_numpy(known).to(self.device)], torch.from_numpy(targets).to(self.device)

    def _sampled(self, vectors: Any, targets: Any, factors: Any, drawn: Any) -> Any:
        """Return the mean loss with the sum over all items estimated by those drawn."""
        import torch

        stands_for = -(self.shares[drawn] * self.n_negatives).log().to(self.device)
        drawn = drawn.to(self.device)
        own = (vectors * factors[targets]).sum(1, keepdim=True)
        others = (vectors @ factors[drawn].T + stands_for).masked_fill(drawn == targets[:, None], -torch.inf)
        return (torch.cat([own, others], 1).logsumexp(1) - own[:, 0]).mean()


def _pieces(indptr: NDArray[np.int64], max_length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say where pieces of at most `max_length` + 1 events begin and end, cut from the ends of histories; two neighbours share an event."""
    n_pieces = -(-np.maximum(np.diff(indptr) - 1, 0) // max_length)
    if not n_pieces.any():
        hint = "recommend by `popular`, which needs no order"
        raise DataError("no history holds two events, and an item is learned from those before it", hint=hint)
    owners = np.repeat(np.arange(len(n_pieces)), n_pieces)
    later = np.arange(len(owners)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    ends = indptr[owners + 1] - later * max_length
    return np.maximum(ends - max_length - 1, indptr[owners]), ends


def _filled_up(columns: NDArray[Any], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[Runs]:
    """Yield runs of about as many events: which they are, their items filled up to the longest, and their lengths; no empty ones."""
    lengths = ends - starts
    sizes = np.ceil(2 * np.log2(np.maximum(lengths, 1)))
    for size in np.unique(sizes[lengths > 0]):
        rows = np.flatnonzero((sizes == size) & (lengths > 0))
        places = starts[rows][:, None] + np.arange(lengths[rows].max())
        yield rows, columns[np.minimum(places, ends[rows][:, None] - 1)].astype(np.int64), lengths[rows]


def _first_factors(log: Log, n_factors: int, random_state: int) -> NDArray[np.float32]:
    """Return a vector of length 1 for each item, alike where items stand near each other; float32 of shape (n_items, n_factors)."""
    from sklearn.utils.extmath import randomized_svd

    random = np.random.default_rng(random_state)
    factors = random.normal(size=(len(log.items), n_factors)) * 1e-3
    n_found = min(n_factors, len(log.items))
    left, sizes, _ = randomized_svd(_nearness(log), n_found, n_iter=4, power_iteration_normalizer="QR", random_state=random_state)
    factors[:, :n_found] += left * np.sqrt(sizes)
    unit: NDArray[np.float32] = (factors / np.linalg.norm(factors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _nearness(log: Log) -> Any:
    """Return the positive pointwise mutual information of two items that stand near each other: float64 CSR, (n_items, n_items)."""
    from scipy.sparse import csr_matrix

    n_items, owners = len(log.items), log.owners
    together = csr_matrix((n_items, n_items), dtype=np.float64)
    for distance in range(1, min(NEAR, len(owners) - 1) + 1):
        one, other = log.columns[:-distance], log.columns[distance:]
        pair = (owners[:-distance] == owners[distance:]) & (one != other)
        together += csr_matrix((np.ones(pair.sum()), (one[pair], other[pair])), shape=(n_items, n_items))
    near = (together + together.T).tocoo()
    totals = np.bincount(near.row, near.data, n_items)
    information = np.log(near.data * totals.sum() / (totals[near.row] * totals[near.col]))
    kept = information > 0
    return csr_matrix((information[kept], (near.row[kept], near.col[kept])), shape=(n_items, n_items))
