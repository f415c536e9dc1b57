from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from asterism.plugins.vectors.placing import merge_copies, place_beside, weigh_by_count, weigh_by_perplexity


def evenly(distances: Any) -> Any:
    return np.ones_like(distances)


def test_copies_move_to_the_mean_of_their_places() -> None:
    places = np.array([[0, 0], [4, 2], [1, 1], [2, 1]], np.float32)
    merged = merge_copies(places, np.array([0, 0, 2, 0]))
    assert merged.tolist() == [[2, 1], [2, 1], [1, 1], [2, 1]]
    assert merged.dtype == np.float32


def test_copies_of_copies_share_one_place_too() -> None:
    places = np.array([[0.0], [3.0], [6.0]], np.float32)
    assert merge_copies(places, np.array([0, 0, 1])).tolist() == [[3], [3], [3]]


@given(st.integers(1, 2**20), st.integers(0, 2**31))
def test_merging_again_changes_no_bit(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    nearest = np.minimum(random.integers(0, 5, count % 50 + 1), np.arange(count % 50 + 1))
    merged = merge_copies(random.normal(size=(len(nearest), 2)).astype(np.float32), nearest)
    assert np.array_equal(merge_copies(merged, nearest), merged)


def test_row_goes_to_the_mean_of_places_that_lie_together() -> None:
    places = np.array([[0.0, 0.0], [0.02, 0.0], [0.0, 0.02]], np.float32)
    found = place_beside(places, np.array([[0, 1, 2]]), np.ones((1, 3)), evenly, 1.0)
    assert found == pytest.approx(places.mean(axis=0, keepdims=True), abs=1e-5)


def test_row_between_two_groups_goes_to_that_of_its_nearest_row_and_not_into_the_void() -> None:
    places = np.array([[0.0], [0.1], [100.0], [100.1]], np.float32)
    found = place_beside(places, np.array([[0, 2, 3, 1]]), np.ones((1, 4)), evenly, 0.3)
    assert 0 <= found[0, 0] <= 0.1


def test_neighbour_at_the_reach_counts_half() -> None:
    found = place_beside(np.array([[0.0], [3.0]], np.float32), np.array([[0, 1]]), np.ones((1, 2)), evenly, 3.0)
    assert found[0, 0] == pytest.approx(1.0)


def test_copy_of_a_training_row_lands_on_it_bit_for_bit() -> None:
    places = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    rows = np.array([[3, 1, 0], [2, 4, 1]])
    found = place_beside(places, rows, np.array([[0.0, 0.0, 1.0], [1e-9, 2.0, 3.0]]), weigh_by_count, 1.0)
    assert np.array_equal(found[0], places[3])
    assert not np.array_equal(found[1], places[2])


@pytest.mark.parametrize("weigh", [weigh_by_count, lambda distances: weigh_by_perplexity(distances, 5.0)], ids=["count", "perplexity"])
@pytest.mark.parametrize("n_components", [1, 2, 7])
def test_row_alone_has_the_place_that_it_has_in_a_batch_bit_for_bit(weigh: Any, n_components: int) -> None:
    random = np.random.default_rng(0)
    places = random.normal(size=(50, n_components)).astype(np.float32)
    rows, distances = random.integers(0, 50, (33, 17)), np.sort(random.random((33, 17)), axis=1)
    whole = place_beside(places, rows, distances, weigh, 0.5)
    alone = [place_beside(places, rows[[row]], distances[[row]], weigh, 0.5) for row in range(33)]
    assert np.array_equal(whole, np.concatenate(alone))


@given(st.integers(3, 40), st.floats(1e-30, 1e30), st.integers(0, 2**31))
def test_strengths_add_up_to_the_logarithm_of_their_number(k: int, scale: float, seed: int) -> None:
    distances = np.sort(np.random.default_rng(seed).random((4, k)), axis=1) * scale
    weights = weigh_by_count(distances)
    assert weights.sum(axis=1) == pytest.approx(np.full(4, np.log2(k)), abs=1e-4)
    assert (np.diff(weights, axis=1) <= 0).all()
    assert (weights[:, 0] == 1).all()


@given(st.integers(8, 40), st.floats(1e-30, 1e30), st.integers(0, 2**31))
def test_weights_have_the_perplexity_wanted(k: int, scale: float, seed: int) -> None:
    distances = np.sort(np.random.default_rng(seed).random((4, k)), axis=1) * scale
    weights = weigh_by_perplexity(distances, 4.0)
    shares = weights / weights.sum(axis=1, keepdims=True)
    assert np.exp(entr(shares).sum(axis=1)) == pytest.approx(np.full(4, 4.0), abs=1e-4)


@pytest.mark.parametrize("distances", [np.zeros((1, 5)), np.ones((1, 5)), np.array([[0, 0, 0, 0, 1e-300]])])
def test_equal_distances_weigh_equally_and_nothing_overflows(distances: Any) -> None:
    for weights in (weigh_by_count(distances), weigh_by_perplexity(distances, 2.0)):
        assert np.isfinite(weights).all()
        assert (weights[0, :4] == 1).all()
