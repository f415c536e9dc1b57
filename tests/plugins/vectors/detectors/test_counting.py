import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asterism.plugins.vectors.detectors.counting import PRECISION, count, count_above, finer_edges, first_edges, quantile


def counted(numbers: np.ndarray, share: float) -> tuple[float, int]:
    edges = first_edges(float(numbers.mean()), len(numbers))
    edges = finer_edges(edges, count(edges, numbers), share)
    counts = count(edges, numbers)
    assert counts.sum() == len(numbers)
    found = quantile(edges, counts, share)
    return found, count_above(edges, counts, found)


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 1e-4])
@pytest.mark.parametrize("power", [0.2, 1, 6])
def test_quantile_is_that_of_the_numbers_within_the_precision(share: float, power: float) -> None:
    numbers = np.random.default_rng(0).chisquare(5, size=20_001) ** power
    found, above = counted(numbers, share)
    exact = np.quantile(numbers, 1 - share)
    assert exact <= found <= exact * (1 + 1 / PRECISION)
    assert above == (numbers > found).sum()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.floats(0.01, 0.5))
def test_ties_and_zeros_do_not_exceed_their_own_quantile(numbers: list[int], share: float) -> None:
    values = np.array(numbers, np.float64)
    found, above = counted(values, share)
    exact = float(np.quantile(values, 1 - share))
    assert found >= exact * (1 - 1e-12)
    assert found - exact <= max(values.max() / PRECISION, 1e-3 if not values.any() else 0)
    assert above == (values > found).sum()


def test_numbers_that_are_all_zero_do_not_exceed_the_quantile() -> None:
    found, above = counted(np.zeros(10), 0.1)
    assert (0 <= found < 1, above) == (True, 0)
