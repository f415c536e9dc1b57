import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.plugins.vectors.bandwidths import search_widths


@given(st.integers(2, 30), st.floats(1e-12, 1e12), st.integers(0, 2**31))
def test_every_row_gets_the_width_with_which_it_has_as_many_neighbours_as_wanted(k: int, scale: float, seed: int) -> None:
    distances = np.sort(np.random.default_rng(seed).random((7, k)) + 0.01, axis=1)

    def count(width: np.ndarray) -> np.ndarray:
        return np.exp(-distances * scale / width[:, np.newaxis]).sum(axis=1)

    widths = search_widths(count, k / 2, np.full(7, scale))
    assert count(widths) == pytest.approx(np.full(7, k / 2), abs=1e-5)


def test_a_row_has_one_width_whatever_rows_stand_beside_it() -> None:
    distances = np.random.default_rng(0).random((9, 6))

    def search(rows: np.ndarray) -> np.ndarray:
        return search_widths(lambda width: np.exp(-rows / width[:, np.newaxis]).sum(axis=1), 2.5, np.ones(len(rows)))

    assert np.array_equal(search(distances), np.concatenate([search(distances[[row]]) for row in range(9)]))


def test_rows_that_cannot_have_as_many_end_at_a_width_near_nothing_or_very_large() -> None:
    all_alike, start = np.zeros((1, 5)), np.ones(1)
    assert search_widths(lambda width: np.exp(-all_alike / width[:, np.newaxis]).sum(axis=1), 2, start) < 1e-18
    assert search_widths(lambda width: np.zeros(1), 2, start) > 1e18
