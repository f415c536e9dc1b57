"""The recommender that learns how well a history and an item go together, by a product and a perceptron."""

from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import DataError
from asterism.plugins.threads import one_thread
from asterism.plugins.training import Device, TrainingPlan, device_of, seeded, train, weights_of, with_weights

from .logs import Log
from .scorer import Score, Scorer

HIDDEN_CELLS = 2**22
"""Numbers that the perceptron holds at a time, at most, when all items are scored."""
SMOOTHING = 0.75
"""Negatives are drawn in proportion to an item's events to this power, as in word2vec."""


class NeuralCF(Scorer):
    """Scores items by a weighted product with the history (GMF) and a perceptron on both, added up (NeuMF).

    Unlike in the paper, which learns a vector for each user, the vector of a user is a mean of vectors of the items in their history, with
    a learned weight for each item, so that a new user is served as one learned from. In training about half of a history, drawn anew each
    time, is to be told from the other half: a softmax over each item and `n_negatives` others that are not in the history, each of which
    counts for as many as it stands for. Weights play no part; they must be above 0. The order of a history plays none, either.

    Beside what every recommender of this family learns, `weights_` holds the weights of the network, `loss_curve_` and `validation_curve_`
    the mean loss of each epoch.

    Raises `DataError` where no history holds two items.

    He et al., "Neural collaborative filtering", WWW 2017; users as means of items: Kabbur, Ning and Karypis, "FISM: factored item
    similarity models for top-n recommender systems", KDD 2013.
    """

    n_factors: Annotated[int, Ge(1)] = 64
    """Length of the vectors of items and histories."""
    n_hidden: Annotated[int, Ge(2)] = 16
    """Width of the first layer of the perceptron; the second has half of it."""
    n_negatives: Annotated[int, Ge(1)] = 512
    """How many items each step of the training tells those of histories from."""
    epochs: Annotated[int, Ge(1)] = 20
    """How many times every history is looked at in training, at most."""
    minibatch_size: Annotated[int, Ge(2)] = 32
    """How many histories each step of the training looks at."""
    learning_rate: Annotated[float, Gt(0)] = 1e-2
    """The largest size of a step (AdamW's); it rises in the first tenth of the training and falls to 0 in the others."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.5
    """Share of the numbers of a history's vector that are left out at random in training."""
    validation_fraction: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the histories that is held out to tell when to stop; with none, all epochs are done."""
    patience: Annotated[int, Ge(1)] = 5
    """The training ends when the loss of the histories held out has not fallen for so many epochs; the best network is kept."""
    device: Device = "auto"
    """Where to train; "auto" takes a GPU where there is one. Recommending never needs one."""
    random_state: int = 0
    """Seed of the first weights, of the order of the histories, and of what is drawn and left out."""

    works_in_threads: ClassVar[bool] = False

    def _learn(self, log: Log) -> None:
        lesson = _Lesson(log, self.n_negatives, device_of(self.device))
        network = seeded(self.random_state, lambda: self._network(len(log.items)))
        plan = TrainingPlan(
            self.epochs,
            self.minibatch_size,
            self.learning_rate,
            device=self.device,
            validation_fraction=self.validation_fraction,
            patience=self.patience,
        )
        with one_thread():
            trained = train(network, len(lesson), lambda rows, draws: lesson.loss(network, rows, draws), plan, self.random_state)
        self.weights_ = weights_of(network)
        self.loss_curve_, self.validation_curve_ = np.array(trained.loss_curve), np.array(trained.validation_curve)

    def _network(self, n_items: int) -> Any:
        from .neural_cf_network import NeuralNetwork

        return NeuralNetwork(n_items, self.n_factors, self.n_hidden, self.dropout)

    def _scorer(self) -> Score:
        import torch

        network, n_items = with_weights(self._network(len(self.items_)), self.weights_), len(self.items_)
        with torch.inference_mode(), one_thread():
            candidates = network.candidates(torch.arange(n_items))
        step = max(HIDDEN_CELLS // (n_items * self.n_hidden), 1)

        def score(histories: Log) -> NDArray[np.float32]:
            touched = histories.touched
            owners = torch.from_numpy(np.repeat(np.arange(len(histories)), np.diff(touched.indptr)))
            scores = np.empty((len(histories), n_items), np.float32)
            with torch.inference_mode(), one_thread():
                product, hidden = network.histories(torch.from_numpy(touched.indices.astype(np.int64)), owners, len(histories))
                for first in range(0, len(histories), step):
                    part = slice(first, first + step)
                    scores[part] = network.table((product[part], hidden[part]), candidates).numpy()
            return scores

        return score


class _Lesson:
    """What is learned from: histories, of which one half is to be told from the other."""

    def __init__(self, log: Log, n_negatives: int, device: str) -> None:
        import torch

        touched = log.touched
        self.touched = touched[np.flatnonzero(np.diff(touched.indptr) > 1)]
        if not self.touched.shape[0]:
            hint = "recommend by `popular`, which needs one item of each"
            raise DataError("no history holds two items, and one item is learned from another", hint=hint)
        shares = torch.from_numpy(np.bincount(touched.indices, minlength=len(log.items)) ** SMOOTHING).float()
        self.shares, self.n_negatives, self.device = shares / shares.sum(), n_negatives, device

    def __len__(self) -> int:
        return int(self.touched.shape[0])

    def loss(self, network: Any, rows: NDArray[np.int64], draws: Any) -> Any:
        """Return the mean loss of the items to be told, for some histories."""
        import torch

        batch = self.touched[rows]
        owners, items = np.repeat(np.arange(len(rows)), np.diff(batch.indptr)), batch.indices.astype(np.int64)
        told = _halves(batch.indptr, torch.rand(len(items), generator=draws).numpy())
        drawn = torch.multinomial(self.shares, self.n_negatives, replacement=True, generator=draws)
        hidden = torch.from_numpy(batch[:, drawn.numpy()].toarray() > 0).to(self.device)
        stands_for = -(self.shares[drawn] * self.n_negatives).log().to(self.device)
        owner, item, own, target = (
            torch.from_numpy(part).to(self.device) for part in (owners[~told], items[~told], owners[told], items[told])
        )
        product, layer = network.histories(item, owner, len(rows))
        others = network.table((product, layer), network.candidates(drawn.to(self.device))) + stands_for
        others = others.masked_fill(hidden, -1e9).logsumexp(1)
        right = network.pairs((product[own], layer[own]), network.candidates(target))
        return (torch.logaddexp(right, others[own]) - right).mean()


def _halves(indptr: NDArray[Any], drawn: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Choose half of the events of each history, by the order of the numbers drawn; the smaller half where they are odd."""
    owners = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    told = np.zeros(len(drawn), bool)
    order = np.lexsort((drawn, owners))
    told[order] = (np.arange(len(drawn)) - indptr[owners]) < np.diff(indptr)[owners] // 2
    return told
