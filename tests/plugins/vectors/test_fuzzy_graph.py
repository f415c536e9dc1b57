from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from asterism.plugins.vectors.fuzzy_graph import edges, fuzzy_graph, measure, scales


@pytest.fixture
def neighbours(rows: Any) -> tuple[Any, Any]:
    distances = cdist(rows, rows)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :12]
    return nearest, np.take_along_axis(distances, nearest, axis=1).astype(np.float32)


@pytest.mark.parametrize("local_connectivity", [0.0, 1.0, 2.5, 4.0])
def test_strengths_of_all_neighbours_add_up_to_the_logarithm_of_their_number(neighbours: Any, local_connectivity: float) -> None:
    widths, nearest = scales(neighbours[1], local_connectivity)
    beyond = np.maximum(neighbours[1][:, 1:] - nearest[:, np.newaxis], 0)
    assert np.exp(-beyond / widths[:, np.newaxis]).sum(axis=1) == pytest.approx(np.log2(12), abs=1e-3) or local_connectivity > 3


@pytest.mark.parametrize(("local_connectivity", "expected"), [(0.0, 0.0), (0.5, 1.0), (1.0, 2.0), (1.5, 3.0), (2.0, 4.0), (9.0, 10.0)])
def test_nearest_distance_counts_neighbours_apart_from_copies(local_connectivity: float, expected: float) -> None:
    distances = np.array([[0, 0, 2, 4, 10]], np.float32)
    assert scales(distances, local_connectivity)[1] == pytest.approx([expected])


def test_row_among_copies_of_itself_has_a_finite_scale() -> None:
    widths, nearest = scales(np.array([[0, 0, 0], [0, 1, 2]], np.float32), 1.0)
    assert nearest.tolist() == [0, 1]
    assert np.isfinite(widths).all()
    assert (widths > 0).all()


def test_graph_is_symmetric_and_a_row_has_no_edge_to_itself(neighbours: Any) -> None:
    union, agreed = (fuzzy_graph(*neighbours, 1.0, ratio) for ratio in (1.0, 0.0))
    assert abs(union - union.T).max() < 1e-6
    assert (union.diagonal() == 0).all()
    assert union.max() <= 1
    assert agreed.nnz < union.nnz
    assert (agreed.toarray() <= union.toarray() + 1e-6).all()


def test_edges_that_no_round_would_take_up_are_left_out(neighbours: Any) -> None:
    graph = fuzzy_graph(*neighbours, 1.0, 1.0)
    kept = edges(graph, 5)
    assert kept.data.min() >= graph.max() / 5


@pytest.mark.parametrize(("metric", "theirs"), [("euclidean", "euclidean"), ("manhattan", "cityblock"), ("cosine", "cosine")])
def test_distances_are_measured_to_float32(rows: Any, neighbours: Any, metric: str, theirs: str) -> None:
    exact = np.take_along_axis(cdist(rows, rows, theirs), neighbours[0], axis=1)
    for X in (rows, csr_matrix(rows)):
        assert measure(X, neighbours[0], exact, metric) == pytest.approx(exact, rel=1e-5, abs=1e-6)
