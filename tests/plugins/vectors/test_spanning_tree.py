from typing import Any

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist, pdist

from asterism.plugins.vectors import spanning_tree as module
from asterism.plugins.vectors.neighbours import Neighbours
from asterism.plugins.vectors.spanning_tree import core_distances, single_linkage, spanning_tree

METRICS = {"euclidean": "euclidean", "cosine": "cosine", "manhattan": "cityblock"}


@pytest.fixture
def scattered() -> Any:
    return np.random.default_rng(3).normal(size=(120, 7)).astype(np.float32) + 2


@pytest.mark.parametrize("metric", METRICS)
def test_tree_is_as_short_as_the_one_that_scipy_finds(scattered: Any, metric: Any) -> None:
    index = Neighbours.of(scattered, metric)
    cores, _ = core_distances(index, 4)
    edges, lengths = spanning_tree(index, cores)
    apart = cdist(scattered.astype(np.float64), scattered.astype(np.float64), METRICS[metric])
    reach = np.maximum(np.maximum(apart, cores), cores[:, np.newaxis])
    assert lengths.sum() == pytest.approx(minimum_spanning_tree(reach).sum(), rel=1e-9)
    np.testing.assert_allclose(lengths, reach[edges[:, 0], edges[:, 1]], rtol=1e-7)
    assert (np.diff(lengths) >= 0).all()


@pytest.mark.parametrize("metric", METRICS)
def test_core_distance_is_that_of_the_kth_nearest_row_itself_counted(scattered: Any, metric: Any) -> None:
    cores, same_as = core_distances(Neighbours.of(scattered, metric), 4)
    apart = np.sort(cdist(scattered.astype(np.float64), scattered.astype(np.float64), METRICS[metric]), axis=1)
    np.testing.assert_allclose(cores, apart[:, 3], rtol=1e-6, atol=1e-9)
    assert same_as.tolist() == list(range(120))


def test_equal_rows_point_to_the_first_of_them() -> None:
    rows = np.array([[1.0, 2], [3, 4], [1, 2], [3, 4], [1, 2]], np.float32)
    assert core_distances(Neighbours.of(rows), 2)[1].tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("room", [2**30, 120 * 120 * 4, 0])
def test_tree_does_not_depend_on_whether_its_table_has_room(scattered: Any, room: int, monkeypatch: Any) -> None:
    index = Neighbours.of(scattered)
    cores, _ = core_distances(index, 4)
    expected = spanning_tree(index, cores)[1]
    monkeypatch.setattr(module, "TABLE_BYTES", room)
    np.testing.assert_allclose(spanning_tree(index, cores)[1], expected, rtol=1e-7)


def test_rows_join_in_the_order_and_at_the_heights_of_single_linkage(scattered: Any) -> None:
    index = Neighbours.of(scattered)
    joined = single_linkage(*spanning_tree(index, np.zeros(120)))
    theirs = linkage(pdist(scattered.astype(np.float64)), "single")
    np.testing.assert_allclose(joined[:, 2], theirs[:, 2], rtol=1e-7)
    assert np.array_equal(np.sort(joined[:, :2], axis=1), theirs[:, :2])
    assert np.array_equal(joined[:, 3], theirs[:, 3])
