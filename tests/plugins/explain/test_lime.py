import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

from asterism.plugins.explain.lime import LIME, _nearness, _ridge
from asterism.plugins.explain.record_explainer import draw_masks


@pytest.fixture
def sampled() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """80 masks of 20 parts, what a noisy sum of them gives, and how near they are."""
    masks = draw_masks(20, 80, 3)
    noise = np.random.default_rng(0).normal(scale=0.3, size=80)
    return masks, masks @ np.linspace(-1, 1, 20) + noise, _nearness(masks)


def test_the_model_is_a_weighted_ridge_regression(sampled: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    masks, shares, near = sampled
    coefficients, told = _ridge(masks.astype(float), shares, near, left_out=False)
    theirs = Ridge(alpha=1.0).fit(masks, shares, sample_weight=near)
    np.testing.assert_allclose(coefficients, theirs.coef_)
    np.testing.assert_allclose(told, theirs.predict(masks))


def test_each_sample_is_told_by_the_model_of_the_others(sampled: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    masks, shares, near = sampled
    told = _ridge(masks.astype(float), shares, near, left_out=True)[1]
    for row in (0, 7, 79):
        rest = np.arange(80) != row
        model = Ridge(alpha=1.0).fit(masks[rest], shares[rest], sample_weight=near[rest])
        assert told[row] == pytest.approx(model.predict(masks[[row]])[0], abs=1e-9)


def test_fidelity_does_not_count_what_fits_by_chance() -> None:
    random = np.random.default_rng(0)
    chance = random.random(300)
    masks = draw_masks(200, 300, 0)
    model = Ridge(alpha=1.0).fit(masks, chance, sample_weight=_nearness(masks))
    assert r2_score(chance, model.predict(masks), sample_weight=_nearness(masks)) > 0.5
    assert LIME().weigh(lambda asked: chance[: len(asked)], 200)[1] == 0


def test_samples_near_the_record_count_more() -> None:
    near = _nearness(np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]], bool))
    assert near[0] == 1
    assert (np.diff(near) < 0).all()
    assert near[3] == pytest.approx(np.exp(-8))
