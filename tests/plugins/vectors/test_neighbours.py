from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

from asterism.framework import DataError
from asterism.framework.state import dump_value, load_value
from asterism.plugins.vectors.neighbours import Neighbours

METRICS: list[Any] = ["euclidean", "cosine", "manhattan"]


@pytest.fixture
def crowd() -> Any:
    random = np.random.default_rng(6)
    return (random.normal(size=(4000, 30)) + 3 * random.normal(size=(25, 30))[random.integers(0, 25, 4000)]).astype(np.float32)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("columns", [3, 30])
@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_exact_neighbours_are_those_of_scikit_learn(crowd: Any, metric: Any, columns: int, form: Any) -> None:
    rows = crowd[:500, :columns].astype(np.float64)
    far, found = Neighbours.of(form(rows), metric).nearest(form(rows[:60] + 0.1), 7)
    expected, _ = NearestNeighbors(n_neighbors=7, metric=metric, algorithm="brute").fit(rows).kneighbors(rows[:60] + 0.1)
    np.testing.assert_allclose(far, expected, rtol=1e-6, atol=1e-9)
    assert (np.diff(far, axis=1) >= 0).all()
    assert found.shape == (60, 7)


@pytest.mark.parametrize("search", ["exact", "approximate"])
def test_a_row_alone_has_the_answer_that_it_has_in_a_batch(crowd: Any, search: Any) -> None:
    index = Neighbours.of(crowd, search=search)
    far, found = index.nearest(crowd[:50] + 0.2, 10)
    for row in range(0, 50, 7):
        alone, only = index.nearest(crowd[row : row + 1] + 0.2, 10)
        assert np.array_equal(alone[0], far[row])
        assert np.array_equal(only[0], found[row])


def test_approximate_search_finds_nearly_all_neighbours(crowd: Any) -> None:
    _, found = Neighbours.of(crowd, search="approximate").nearest(crowd, 15)
    _, right = Neighbours.of(crowd, search="exact").nearest(crowd, 15)
    assert np.mean([len(set(one) & set(other)) / 15 for one, other in zip(found.tolist(), right.tolist(), strict=True)]) >= 0.95


def test_note_tells_how_neighbours_are_found(crowd: Any) -> None:
    assert Neighbours.of(crowd).note == "neighbours: exact, euclidean, among 4,000 records"
    approximate = Neighbours.of(crowd, "cosine", "approximate").note
    assert approximate == "neighbours: approximate (63 cells, 3 searched), cosine, among 4,000 records"


@pytest.mark.parametrize("search", ["exact", "approximate"])
def test_state_can_be_saved_and_answers_the_same(crowd: Any, search: Any) -> None:
    index = Neighbours.of(crowd, search=search)
    arrays, tree = dump_value(index.state())
    again = Neighbours.restored(load_value(arrays, tree, lambda name: NotImplemented))
    assert again.note == index.note
    assert all(map(np.array_equal, again.nearest(crowd[:20], 5), index.nearest(crowd[:20], 5)))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60), st.integers(1, 5))
def test_equals_come_in_the_order_of_the_rows(points: list[tuple[int, int]], k: int) -> None:
    rows = np.array(points, float)
    k = min(k, len(rows))
    far, found = Neighbours.of(rows).nearest(rows, k)
    apart = np.sqrt(((rows[:, np.newaxis] - rows) ** 2).sum(axis=2))
    expected = np.array([np.lexsort((np.arange(len(rows)), row))[:k] for row in apart])
    assert np.array_equal(found, expected)
    np.testing.assert_allclose(far, np.take_along_axis(apart, expected, axis=1))


def test_each_row_is_left_out_of_its_own_list_even_among_copies() -> None:
    rows = np.repeat(np.eye(3), 8, axis=0)
    far, found = Neighbours.of(rows).nearest_others(4)
    assert (found != np.arange(24)[:, np.newaxis]).all()
    assert (far == 0).all()


@pytest.mark.parametrize("metric", METRICS)
def test_all_rows_within_a_radius_are_found(crowd: Any, metric: Any) -> None:
    rows = crowd[:200, :8].astype(np.float64)
    apart = NearestNeighbors(n_neighbors=200, metric=metric, algorithm="brute").fit(rows).kneighbors(rows)[0]
    radius = float(np.quantile(apart, 0.2))
    ((first, (of, n_rows), to, far),) = Neighbours.of(rows, metric).pairs_within(rows, radius)
    assert (first, n_rows) == (0, 200)
    assert np.array_equal(np.bincount(of), (apart <= radius).sum(axis=1))
    assert (far <= radius * (1 + 1e-9)).all()
    assert (of == to).sum() == 200


def test_more_neighbours_than_rows_and_rows_without_direction_are_refused(crowd: Any) -> None:
    with pytest.raises(DataError) as refusal:
        Neighbours.of(crowd[:3]).nearest(crowd[:1], 4)
    assert str(refusal.value) == "4 neighbours are asked for, but there are only 3 records; lower it, or give it more records"
    crowd[2] = 0
    with pytest.raises(DataError) as refusal:
        Neighbours.of(crowd, "cosine")
    assert refusal.value.rows == (2,)
