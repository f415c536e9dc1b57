"""The recommender that learns to place histories near the items that they go on with, by what is in these: the two-tower model."""

from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix
from asterism.framework.values import is_sparse
from asterism.plugins.threads import one_thread
from asterism.plugins.training import Device, TrainingPlan, device_of, seeded, train, weights_of

from .catalogue import CatalogueScorer
from .factors import Query
from .logs import Log
from .sparse_scores import add_up_rows


class TwoTower(CatalogueScorer):
    """Learns two small networks, one that makes vectors of items and one of histories; their product says how well the two go together.

    The vector of an item is made of its content and, where somebody touched it, of what is learned of this very item; the latter is left
    out now and then in training, so that content alone serves an item that nobody has touched yet. A history is the mean of its items'
    vectors, by their weights, passed through the other network. Each item of a history is to be found by some of the others among the
    items of a minibatch and random ones, whose scores are corrected by the chance that they are there. Users are not learned, so a new one
    is served as the others are. Weights must be above 0.

    Beside what every recommender with a catalogue learns, `axes_` (n_components, n_features) reduces content that comes as CSR by truncated
    SVD, None where it does not; `weights_` holds the arrays of the networks by name; `loss_curve_` the mean loss of each epoch.
    `item_factors_` holds the vectors of the items, float32 of shape (n_items, n_factors).

    `DataError` where nobody touched two items.

    Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019; Volkovs, Yu and Poutanen,
    "DropoutNet: addressing cold start in recommender systems", NIPS 2017.
    """

    n_factors: Annotated[int, Ge(1)] = 64
    """How many numbers a vector has."""
    hidden_size: Annotated[int, Ge(1)] = 128
    """Width of the layer in the middle of each network."""
    n_components: Annotated[int, Ge(1)] = 128
    """How many numbers content that comes as CSR is reduced to, at most."""
    id_dropout: Annotated[float, Ge(0), Lt(1)] = 0.3
    """Share of the items that, at a step of the training, are known by their content alone."""
    n_history: Annotated[int, Ge(1)] = 10
    """How many other items of a history a step of the training looks at."""
    n_negatives: Annotated[int, Ge(1)] = 128
    """How many random items stand beside those of a minibatch."""
    epochs: Annotated[int, Ge(1)] = 10
    """How many times every item of every history is to be found."""
    minibatch_size: Annotated[int, Ge(2)] = 256
    """How many items each step of the training looks for."""
    learning_rate: Annotated[float, Gt(0)] = 3e-3
    """The largest step (AdamW's)."""
    weight_decay: Annotated[float, Ge(0)] = 1e-4
    """Share of `learning_rate` by which each step shrinks the weights."""
    device: Device = "auto"
    """Where to train; "auto" takes a GPU where there is one. Recommending never needs one."""
    random_state: int = 0
    """Seed of the first weights, and of everything that is drawn."""

    def _learn(self, log: Log) -> None:
        import torch

        from .two_tower_network import Lesson, TwoTowers

        content = self._reduced(self.item_factors_)
        n_ids = int(np.count_nonzero(self.popularity_))  # what nobody touched comes last
        towers = seeded(self.random_state, lambda: TwoTowers(content.shape[1], n_ids, self.hidden_size, self.n_factors))
        on_device = torch.from_numpy(content).to(device_of(self.device))
        lesson = Lesson(towers, on_device, log.matrix, self.n_history, self.n_negatives, self.id_dropout)
        if not len(lesson.pairs):
            raise DataError("nobody touched two items, so there is nothing to learn from", hint="take `content`, which learns of no event")
        with one_thread():
            trained = train(towers, len(lesson.pairs), lesson.loss, self._plan(), self.random_state)
        self.weights_, self.loss_curve_ = weights_of(towers), np.array(trained.loss_curve)
        ids = self.weights_.pop("ids.weight")
        self.item_factors_ = self._through("content", content)
        self.item_factors_[:n_ids] += ids

    def _plan(self) -> TrainingPlan:
        return TrainingPlan(self.epochs, self.minibatch_size, self.learning_rate, self.weight_decay, self.device)

    def _reduced(self, vectors: Matrix) -> NDArray[np.float32]:
        """Learn `axes_`, and return what the networks see of the items' content."""
        self.axes_ = None
        if is_sparse(vectors):
            from sklearn.decomposition import TruncatedSVD

            n_components = min(self.n_components, *vectors.shape)
            self.axes_ = TruncatedSVD(n_components, random_state=self.random_state).fit(vectors).components_.astype(np.float32)
        return self._content(vectors)

    def _content(self, vectors: Matrix) -> NDArray[np.float32]:
        """Return vectors of content as the networks see them, with numbers about 1 in size."""
        seen = vectors if self.axes_ is None else vectors @ self.axes_.T
        return np.ascontiguousarray(seen * np.sqrt(seen.shape[1]), np.float32)

    def _placed(self, vectors: Matrix) -> Matrix:
        return self._through("content", self._content(vectors))

    def _querier(self) -> Query:
        def query(histories: Log) -> NDArray[np.float32]:
            totals = np.asarray(histories.matrix.sum(axis=1), np.float32).reshape(-1, 1)
            totals[totals == 0] = 1
            means = add_up_rows(histories, self.item_factors_) / totals
            return means + self._through("taste", means)

        return query

    def _through(self, tower: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Send rows through a network, one after the other: alone, each gets the bits that it gets among others."""
        first, second = ((self.weights_[f"{tower}.{layer}.weight"].T, self.weights_[f"{tower}.{layer}.bias"]) for layer in (0, 2))
        hidden = np.maximum(np.matmul(rows[:, np.newaxis], first[0]) + first[1], 0)
        through: NDArray[np.float32] = (np.matmul(hidden, second[0]) + second[1])[:, 0]
        return through
