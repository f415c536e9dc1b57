"""Where the rows of a UMAP start: along the slowest vibrations of its graph, so that groups are together from the first round.

The order in which random numbers are drawn is umap-learn's, so that a seed gives the map it gives there.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asterism.framework import Matrix, report_problem

NOISE = 1e-4
"""Deviation of what is added to places, on a map 10 wide: rows at one place would never come apart."""


def spectral_start(X: Matrix, graph: Any, n_components: int, metric: str, random: np.random.RandomState) -> NDArray[np.float32]:
    """Place the rows of X by the graph's smallest eigenvectors, each connected part by itself, shape (n, n_components)."""
    from scipy.sparse.csgraph import connected_components

    n_parts, part_of = connected_components(graph)
    places: NDArray[Any]
    if n_parts == 1:
        places = _eigenvectors(graph, n_components, random)
    else:
        centres = _centres(X, part_of, n_parts, n_components, metric, random)
        places = _place_parts(graph, part_of, centres, random)
    scaled = (places * (10.0 / np.abs(places).max())).astype(np.float32)
    return np.asarray(scaled + random.normal(scale=NOISE, size=places.shape).astype(np.float32))


def random_start(n_rows: int, n_components: int, random: np.random.RandomState) -> NDArray[np.float64]:
    """Scatter rows evenly over a square (cube, ...) 20 wide."""
    return random.uniform(low=-10.0, high=10.0, size=(n_rows, n_components))


def _eigenvectors(graph: Any, n_components: int, random: np.random.RandomState) -> NDArray[np.float64]:
    """Return the eigenvectors of the normalized Laplacian with the smallest eigenvalues, but for the first, which is known."""
    from scipy.sparse import identity, spdiags
    from scipy.sparse.linalg import ArpackError, eigsh

    n_rows, n_vectors = graph.shape[0], n_components + 1
    roots = np.sqrt(np.asarray(graph.sum(axis=0)).squeeze())
    scale = spdiags(1.0 / roots, 0, n_rows, n_rows)
    laplacian = identity(n_rows, dtype=np.float64) - scale @ graph @ scale
    random.normal(size=(n_rows, n_vectors))  # umap-learn draws them for a solver that it does not use then
    n_lanczos = min(n_rows, max(2 * n_vectors + 1, int(np.sqrt(n_rows))))
    try:
        options = {"which": "SM", "ncv": n_lanczos, "tol": 1e-4, "v0": np.ones(n_rows), "maxiter": 5 * n_rows}
        values, vectors = eigsh(laplacian, n_vectors, **options)
    except ArpackError:
        report_problem(f"the eigenvectors of a graph of {n_rows:,} records were not found; they start at random places", count=n_rows)
        return random_start(n_rows, n_components, random)
    return np.asarray(vectors[:, np.argsort(values)[1:]])


def _place_parts(graph: Any, part_of: NDArray[Any], centres: NDArray[np.float64], random: np.random.RandomState) -> NDArray[np.float32]:
    """Place each part around its centre, so small that none reaches half way to the next one."""
    from scipy.spatial.distance import cdist

    n_components, rows_first = centres.shape[1], graph.tocsr()
    places = np.empty((graph.shape[0], n_components), np.float32)
    for part, centre in enumerate(centres):
        rows = np.flatnonzero(part_of == part)
        distances = cdist(centres[[part]], centres)
        reach = distances[distances > 0].min() / 2
        if len(rows) < 2 * n_components or len(rows) <= n_components + 1:
            spread = random.uniform(low=-reach, high=reach, size=(len(rows), n_components))
        else:
            spread = _eigenvectors(rows_first[rows][:, rows].tocoo(), n_components, random)
            spread *= reach / np.abs(spread).max()
        places[rows] = spread + centre
    return places


def _centres(
    X: Matrix, part_of: NDArray[Any], n_parts: int, n_components: int, metric: str, random: np.random.RandomState
) -> NDArray[np.float64]:
    """Place the parts themselves: a few at the ends of the axes, many by how far their mean rows are from each other."""
    if n_parts <= 2 * n_components:
        half = -(-n_parts // 2)
        ends = np.eye(half, n_components)
        return np.vstack([ends, -ends])[:n_parts]
    from scipy.spatial.distance import cdist
    from sklearn.manifold import SpectralEmbedding

    means = np.vstack(list(_means(X, part_of, n_parts)))
    apart = cdist(means, means, "cityblock" if metric == "manhattan" else metric)
    # Never 0, so that parts far from each other stay one graph.
    near = np.maximum(np.exp(-(apart**2)), np.finfo(np.float64).tiny)
    centres = SpectralEmbedding(n_components=n_components, affinity="precomputed", random_state=random).fit_transform(near)
    return np.asarray(centres / centres.max())


def _means(X: Matrix, part_of: NDArray[Any], n_parts: int) -> Iterable[NDArray[Any]]:
    return (np.asarray(X[part_of == part].mean(axis=0), np.float64).ravel() for part in range(n_parts))
