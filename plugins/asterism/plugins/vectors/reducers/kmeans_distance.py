"""The reducer `kmeans_distance`: how far each row is from each of some means."""

from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from asterism.framework import Matrix, Reducer, Summable, Summary

from ..clusterers.kmeans import KMeans
from ..pairs import powers, squared_lengths
from ..rows import blocks, rows_to_apply, rows_to_fit

NEAR = 1e-6
"""Below this share of the squared lengths, a squared distance by products has lost digits, and is taken by differences."""


class KMeansDistance(Reducer, Summable):
    """Describe each row by its Euclidean distances to the means that `kmeans` finds: features that follow where the rows lie.

    Dense or CSR, shape (n_records, n_features), to float32, shape (n_records, n_clusters). It fits, in memory or by sums, as `kmeans` does.

    Learns `cluster_centers_` (n_clusters, n_features), `inertia_` (sum of squared distances to the nearest mean) and `n_iter_`.

    Raises `DataError` where there are fewer records than clusters.

    A new row is placed by the same means. Poor choice for looking at: distances to many means say the same thing several times; put
    `pca` after it.

    Source: Coates and Ng, "Learning feature representations with k-means", in Neural Networks: Tricks of the Trade, 2012.
    """

    n_clusters: Annotated[int, Ge(1)] = 8
    """How many means, and so columns."""
    algorithm: Literal["lloyd", "elkan"] = "lloyd"
    """How a round in memory is computed, with the same result: "elkan" skips distances at the cost of n_records x n_clusters values."""
    init: Literal["k-means++", "random"] = "k-means++"
    """How the first means are chosen: far from each other, or any records."""
    n_init: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many starts, of which the best is kept; "auto" is 1 with k-means++ and 10 with random. By sums there is one."""
    max_iter: Annotated[int, Ge(1)] = 300
    """Rounds after which a start is ended, settled or not."""
    tol: Annotated[float, Ge(0)] = 1e-4
    """Settled is when the means move less than this, as a share of the mean variance of the columns."""
    random_state: int = 0
    """Seed of the first means."""

    def fit(self, X: Matrix, y: None = None) -> Self:
        X = rows_to_fit(self, X)
        self._keep(KMeans(**self.get_params()).fit(X))
        return self

    def transform(self, X: Matrix) -> Matrix:
        X = rows_to_apply(self, X)
        centers = self.cluster_centers_.astype(np.float64)
        placed = [np.sqrt(_squared_distances(block, centers)).astype(np.float32) for block in blocks(X)]
        return np.concatenate(placed)

    def begin(self, sample: Matrix) -> None:
        sample = rows_to_fit(self, sample)
        kmeans = KMeans(**self.get_params())
        kmeans.begin(sample)
        self._keep(kmeans)

    def summarize(self, batch: Matrix) -> Summary:
        return self._kmeans().summarize(rows_to_apply(self, batch))

    def absorb(self, total: Summary) -> bool:
        kmeans = self._kmeans()
        done = kmeans.absorb(total)
        self._keep(kmeans)
        return done

    def _kmeans(self) -> KMeans:
        """Return the k-means inside, as far as it has come."""
        kmeans = KMeans(**self.get_params())
        vars(kmeans).update(self.learned())
        return kmeans

    def _keep(self, kmeans: KMeans) -> None:
        vars(self).update({name: value for name, value in kmeans.learned().items() if name not in ("labels_", "notes_")})


def _squared_distances(X: Matrix, centers: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = squared_lengths(X)[:, np.newaxis] + squared_lengths(centers)
    found = np.asarray(lengths - 2 * (X @ centers.T))
    rows, columns = np.nonzero(found <= NEAR * lengths)
    if len(rows):
        dense = X[np.unique(rows)]
        dense = dense.toarray() if hasattr(dense, "toarray") else dense
        found[rows, columns] = powers(dense, centers, np.unique(rows, return_inverse=True)[1], columns, "euclidean")
    return found
