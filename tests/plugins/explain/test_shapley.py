from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest

from asterism.plugins.explain.shapley import SHAP


def brute_force(share: Any, n: int) -> list[float]:
    """Shapley values by their definition: the mean of what a part adds, over all sets of the others."""
    values = []
    for part in range(n):
        others = [other for other in range(n) if other != part]
        sets = [set(chosen) for size in range(n) for chosen in combinations(others, size)]
        adds = [(share(chosen | {part}) - share(chosen)) / (n * comb(n - 1, len(chosen))) for chosen in sets]
        values.append(sum(adds))
    return values


@pytest.mark.parametrize("n_parts", [1, 2, 5, 7])
def test_few_parts_have_their_exact_values(n_parts: int) -> None:
    table = np.random.default_rng(0).random(2**n_parts)

    def ask(masks: Any) -> Any:
        return table[masks @ (1 << np.arange(n_parts))]

    found, fidelity = SHAP().weigh(ask, n_parts)
    wanted = brute_force(lambda chosen: table[sum(1 << part for part in chosen)], n_parts)
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert found.sum() == pytest.approx(table[-1] - table[0])
    assert fidelity is not None
    assert 0 <= fidelity <= 1


def test_values_of_many_parts_are_near_the_exact_ones_and_add_up() -> None:
    def share(masks: Any) -> Any:
        return masks @ np.arange(12) + 3 * masks[:, 0] * masks[:, 1]

    found, fidelity = SHAP(n_samples=400).weigh(share, 12)
    np.testing.assert_allclose(found, [1.5, 2.5, *range(2, 12)], atol=1e-9)  # pairs are exact in an order and its reverse
    assert fidelity is not None
    assert fidelity > 0.95


def test_no_mask_is_asked_about_twice_by_shap() -> None:
    asked: list[bytes] = []

    def share(masks: Any) -> Any:
        asked.extend(mask.tobytes() for mask in masks)
        return masks.mean(axis=1)

    SHAP(n_samples=100).weigh(share, 8)
    by_shap = asked[:-100]
    assert len(by_shap) == len(set(by_shap)) <= 101
