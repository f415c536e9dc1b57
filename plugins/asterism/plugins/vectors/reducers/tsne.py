"""The reducer `tsne`: a map that keeps near rows near, and shows groups as islands."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from asterism.framework import DataError, Matrix, Reducer
from asterism.framework.values import is_sparse

from ..neighbours import Neighbours
from ..placing import merge_copies, place_beside, require_float32, weigh_by_perplexity
from ..rows import require, require_room, rows_to_apply, rows_to_fit

USUAL_PERPLEXITY = 30.0
"""What "auto" takes where there are rows enough."""
MOST_IN_TREES = 3
"""Axes that scikit-learn's trees can divide."""
EXACT_TABLES = 4
"""How many square tables of float64 the exact method holds at once, about."""
REACH = 1.0
"""Half-width of the Student distribution that t-SNE sees distances on the map by."""


class TSNE(Reducer):
    """Draw a map on which rows that are near each other are near each other again, by scikit-learn's t-SNE.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_components). Same seed, same map as scikit-learn.

    Learns `embedding_` (n_records, n_components), the places of the training rows, copies of each other at the mean of theirs;
    `index_`, the training rows with what finds the nearest of them; `kl_divergence_`, how much the map still differs from the rows, and
    `n_iter_`, the rounds run.

    New rows, one at a time: copies of a training row land on it; any other row goes to the weighted mean of its nearest training
    rows' places, with the weights of its perplexity, of which those far from the nearest one's place count little.

    Raises `DataError` where the perplexity is not smaller than the number of rows, and, under cosine, where a row is all zeros.

    Poor choice where distances between groups, or their sizes, have to mean something: take `pca`. From some ten thousand
    rows on it takes minutes, where `umap` takes seconds; wide rows belong through `pca` or `svd` first.

    Sources: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 2008; van der Maaten, "Accelerating t-SNE using
    tree-based algorithms", JMLR 2014.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """Axes of the map; at most 3 with method "barnes_hut"."""
    perplexity: Annotated[float, Gt(0)] | Literal["auto"] = "auto"
    """About how many neighbours a row minds; "auto" takes 30, or a third of the other rows where that is less."""
    early_exaggeration: Annotated[float, Ge(1)] = 12.0
    """How much stronger rows attract each other in the first 250 rounds, which separates groups."""
    learning_rate: Annotated[float, Gt(0)] | Literal["auto"] = "auto"
    """How far places move in a round; "auto" is rows / early_exaggeration / 4, at least 50."""
    max_iter: Annotated[int, Ge(250)] = 1000
    """Most rounds; it ends earlier where 300 of them brought nothing."""
    init: Literal["pca", "random"] = "pca"
    """Where rows start: on the first principal axes, which keeps the large arrangement, or at random."""
    metric: Literal["euclidean", "cosine", "manhattan"] = "euclidean"
    """What near means."""
    method: Literal["barnes_hut", "exact"] = "barnes_hut"
    """Whether rows far away on the map push as groups, or each by itself, which takes n^2 time and memory."""
    random_state: int = 0
    """Seed of the start."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X, least=2)
        perplexity = self._perplexity(X.shape[0])
        self._require(X, perplexity)
        require_float32(X)
        index = Neighbours.of(X, self.metric, random_state=self.random_state)
        first_copies = index.nearest(X, 1)[1][:, 0]
        # Rows that are all alike have no principal axis.
        options = self.get_params() | {"perplexity": perplexity, "init": self.init if first_copies.any() else "random"}
        self.embedding_ = merge_copies(self._draw(X, index, options), first_copies)
        self.index_, self.notes_ = index.state(), [index.note]
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        n_rows = len(self.embedding_)
        perplexity = self._perplexity(n_rows)
        distances, rows = Neighbours.restored(self.index_).nearest(X, _n_neighbours(n_rows, perplexity))
        return place_beside(self.embedding_, rows, distances, lambda found: weigh_by_perplexity(found, perplexity), REACH)

    def _perplexity(self, n_rows: int) -> float:
        return min(USUAL_PERPLEXITY, (n_rows - 1) / 3) if self.perplexity == "auto" else self.perplexity

    def _require(self, X: Matrix, perplexity: float) -> None:
        n_rows, n_columns = X.shape
        if perplexity >= n_rows:
            reason = f"perplexity={perplexity:g} needs more records than that, but there are only {n_rows:,}"
            raise DataError(reason, hint=f"take {n_rows - 1} at most, better {(n_rows - 1) / 3:.3g}, or 'auto'")
        if self.n_components > MOST_IN_TREES and self.method == "barnes_hut":
            reason = f"n_components={self.n_components}, but the trees of method='barnes_hut' have at most {MOST_IN_TREES} axes"
            raise DataError(reason, hint="lower it, or take method='exact'")
        if self.init == "pca":
            because, hint = f"n_components={self.n_components} with init='pca'", "lower it, or take init='random'"
            require(self.n_components, n_rows, "records", because, hint)
            # The principal axes of a CSR matrix are found by a solver that leaves out at least one.
            require(self.n_components + is_sparse(X), n_columns, "columns", because, hint)
        if self.method == "exact":
            what = f"method='exact' compares all records, and {n_rows:,} x {n_rows:,} distances"
            require_room(EXACT_TABLES * 8 * n_rows**2, what, hint="take method='barnes_hut'")

    def _draw(self, X: Matrix, index: Neighbours, options: dict[str, Any]) -> NDArray[np.float32]:
        """Let scikit-learn draw the map. It would compare every pair of rows, so where the index does not, it is given the neighbours."""
        from sklearn.manifold import TSNE as THEIR_TSNE

        if index.is_exact or self.method == "exact":
            fed = X
        else:
            options |= {"metric": "precomputed", "init": _start(X, options)}
            fed = _graph(index, 1 + _n_neighbours(X.shape[0] - 1, options["perplexity"]))
        tsne = THEIR_TSNE(**options)
        places: NDArray[np.float32] = tsne.fit_transform(fed).astype(np.float32, copy=False)
        self.kl_divergence_, self.n_iter_ = float(tsne.kl_divergence_), int(tsne.n_iter_)
        return places


def _n_neighbours(n_rows: int, perplexity: float) -> int:
    """Return how many neighbours a perplexity looks at."""
    return min(n_rows, int(3 * perplexity + 1))


def _graph(index: Neighbours, k: int) -> Any:
    """Return the distances of each row to its `k` nearest rows, itself the first, as CSR."""
    from scipy.sparse import csr_matrix

    far, rows = index.nearest(index.rows, k)
    n_rows = len(rows)
    return csr_matrix((far.ravel(), rows.ravel(), np.arange(0, n_rows * k + 1, k)), shape=(n_rows, n_rows))


def _start(X: Matrix, options: dict[str, Any]) -> Any:
    """Return where scikit-learn starts, which it cannot find without the rows."""
    if options["init"] == "random":
        return "random"
    from sklearn.decomposition import PCA

    places = PCA(options["n_components"], random_state=options["random_state"]).fit_transform(X).astype(np.float32, copy=False)
    return places / np.std(places[:, 0]) * 1e-4
