"""The reducer `umap`: a map on which rows that are near each other stay near each other."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from asterism.framework import Matrix, Reducer, report_problem

from ..neighbours import Neighbours
from ..placing import merge_copies, place_beside, require_float32, weigh_by_count
from ..rows import require, rows_to_apply, rows_to_fit

MANY_ROUNDS, FEW_ROUNDS, MANY_ROWS = 500, 200, 10_000
"""How many rounds "auto" runs: many up to this number of rows, few above."""
TOO_FEW_ROUNDS = 10
"""Up to this many rounds, edges are kept as if there were as many as "auto" runs."""
REACH = 0.3
"""On a map of `spread` 1: how far from the nearest row's place a neighbour's counts half for a new row. On MNIST, COIL-20 and faces the
neighbours of the new rows on the map were at this reach more often right than after umap-learn's own rounds for new rows."""


class UMAP(Reducer):
    """Draw a map on which near rows are near each other, by pulling along the edges of their neighbour graph (UMAP).

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_components). A core of its own, needing numba; for
    dense float32 rows whose neighbours are searched exactly, a seed gives umap-learn's map. The order of the training rows matters.

    Learns `embedding_` (n_records, n_components), the places of the training rows, copies of each other at the mean of theirs, and
    `index_`, the training rows with what finds the nearest of them.

    New rows, one at a time: a copy of a training row lands on it; any other row goes to the weighted mean of its nearest training
    rows' places, with the strengths that the method gives to neighbours, of which those far from the nearest one's place count little.

    Raises `DataError` where there are not two rows more than components, and, under cosine, where a row is all zeros. Lowers
    `n_neighbors`, and reports it, where there are no more rows than that.

    Poor choice where distances or densities have to mean something, and for data of one blob, which it tears: take `pca`.

    Sources: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018.
    """

    n_components: Annotated[int, Ge(1)] = 2
    """Axes of the map: 2 to look at, 5 to 50 to group in."""
    n_neighbors: Annotated[int, Ge(2)] = 15
    """How many nearest rows of each, itself included, the graph joins; more show the large arrangement, fewer the details."""
    min_dist: Annotated[float, Ge(0)] = 0.1
    """How near places come to each other; 0 packs groups tightly, which suits clustering."""
    spread: Annotated[float, Gt(0)] = 1.0
    """The unit of distance on the map."""
    metric: Literal["euclidean", "cosine", "manhattan"] = "euclidean"
    """What near means."""
    n_epochs: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """Rounds of pulling and pushing; "auto" runs 500 up to 10,000 rows and 200 above."""
    init: Literal["spectral", "random"] = "spectral"
    """Where rows start: along the eigenvectors of the graph, which keeps the large arrangement, or at random."""
    learning_rate: Annotated[float, Gt(0)] = 1.0
    """How far places move in the first rounds; it falls to nothing."""
    negative_sample_rate: Annotated[int, Ge(1)] = 5
    """How many rows drawn at random push a row away for each that pulls it."""
    repulsion_strength: Annotated[float, Ge(0)] = 1.0
    """How strongly they push."""
    set_op_mix_ratio: Annotated[float, Ge(0), Le(1)] = 1.0
    """Whether an edge counts where either end sees it (1) or where both do (0)."""
    local_connectivity: Annotated[float, Ge(0)] = 1.0
    """How many nearest rows of each are as near as can be, so that no row stands alone."""
    random_state: int = 0
    """Seed of the start, and of which rows push."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        # Imported here because it loads numba, which nobody else has to have.
        from ..fuzzy_graph import fuzzy_graph, measure

        X = rows_to_fit(self, X, least=2)
        require(self.n_components + 2, X.shape[0], "records", f"n_components={self.n_components} needs two records more than that")
        require_float32(X)
        index = Neighbours.of(X, self.metric, random_state=self.random_state)
        distances, rows = index.nearest(X, self._count_neighbours(X.shape[0]))
        graph = fuzzy_graph(rows, measure(X, rows, distances, self.metric), self.local_connectivity, self.set_op_mix_ratio)
        self.embedding_ = merge_copies(self._draw(X, graph), rows[:, 0])
        self.index_, self.notes_ = index.state(), [index.note]
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        n_neighbors = min(self.n_neighbors, len(self.embedding_) - 1)
        distances, rows = Neighbours.restored(self.index_).nearest(X, n_neighbors)
        return place_beside(self.embedding_, rows, distances, weigh_by_count, REACH * self.spread)

    def _count_neighbours(self, n_rows: int) -> int:
        if n_rows > self.n_neighbors:
            return self.n_neighbors
        report_problem(f"n_neighbors={self.n_neighbors} counts a record itself, and there are only {n_rows} records; took {n_rows - 1}")
        return n_rows - 1

    def _draw(self, X: Matrix, graph: Any) -> NDArray[np.float32]:
        from ..fuzzy_graph import edges
        from ..umap_rounds import Forces, lay_out
        from ..umap_start import random_start, spectral_start

        random = np.random.RandomState(self.random_state)
        usual = MANY_ROUNDS if X.shape[0] <= MANY_ROWS else FEW_ROUNDS
        n_epochs = usual if self.n_epochs == "auto" else self.n_epochs
        kept = edges(graph, n_epochs if n_epochs > TOO_FEW_ROUNDS else usual)
        if self.init == "spectral":
            start = spectral_start(X, kept, self.n_components, self.metric, random)
        else:
            start = random_start(X.shape[0], self.n_components, random).astype(np.float32)
        forces = Forces(self.learning_rate, self.negative_sample_rate, self.repulsion_strength)
        return lay_out(kept, start, n_epochs, fit_curve(self.spread, self.min_dist), forces, random)


def fit_curve(spread: float, min_dist: float) -> tuple[float, float]:
    """Find a and b with which ``1 / (1 + a * distance^(2 b))`` is nearest to 1 up to `min_dist`, falling exponentially beyond."""
    from scipy.optimize import curve_fit

    distances = np.linspace(0, 3 * spread, 300)
    wanted = np.where(distances < min_dist, 1.0, np.exp(-(distances - min_dist) / spread))
    (a, b), _ = curve_fit(lambda x, a, b: 1.0 / (1.0 + a * x ** (2 * b)), distances, wanted)
    return a, b
