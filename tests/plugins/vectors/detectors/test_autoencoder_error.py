"""What a network cannot give back."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from asterism.framework import DataError
from asterism.plugins.vectors.detectors.autoencoder_error import AutoencoderError


@pytest.fixture
def plane() -> Any:
    """500 x 6 float32 near a plane, of which the last 10 rows lie off it."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(500, 2)) @ random.normal(size=(2, 6)) + 0.05 * random.normal(size=(500, 6))
    rows[490:] += 2 * random.normal(size=(10, 6))
    return rows.astype(np.float32)


def test_rows_off_the_plane_score_highest(plane: Any) -> None:
    detector = AutoencoderError(contamination=0.02).fit(plane)
    assert roc_auc_score(np.arange(500) >= 490, detector.scores_) > 0.97
    assert (detector.predict(plane) == -1).sum() == 10
    assert "best of 10 epochs" in detector.notes_[0]
    assert detector.notes_[1].startswith("10 of 500 training records lie above the threshold")


def test_score_is_the_squared_error_in_scaled_columns(plane: Any) -> None:
    detector = AutoencoderError(max_epochs=2).fit(plane)
    scaled = (plane - detector.mean_) / detector.scale_
    hidden = np.tanh(scaled @ detector.weights_["encoder.0.weight"].T + detector.weights_["encoder.0.bias"])
    codes = hidden @ detector.weights_["encoder.1.weight"].T + detector.weights_["encoder.1.bias"]
    hidden = np.tanh(codes @ detector.weights_["decoder.0.weight"].T + detector.weights_["decoder.0.bias"])
    back = hidden @ detector.weights_["decoder.1.weight"].T + detector.weights_["decoder.1.bias"]
    np.testing.assert_allclose(detector.scores_, ((back - scaled) ** 2).mean(axis=1), rtol=1e-9)
    assert detector.scores_.dtype == np.float64
    assert np.array_equal(detector.anomaly_score(plane), detector.scores_)


@pytest.mark.parametrize("variant", ["dense", "denoising", "variational"])
def test_every_variant_is_fitted_alike_from_shuffled_records(plane: Any, variant: Any) -> None:
    order = np.random.default_rng(1).permutation(500)
    straight, shuffled = (AutoencoderError(variant=variant, max_epochs=3).fit(X) for X in (plane, plane[order]))
    np.testing.assert_allclose(straight.scores_[order], shuffled.scores_, rtol=1e-9)
    assert np.isclose(straight.threshold_, shuffled.threshold_)


def test_records_that_are_all_alike_score_alike() -> None:
    detector = AutoencoderError(max_epochs=2).fit(np.ones((20, 3)))
    assert len(set(detector.scores_.tolist())) == 1
    assert (detector.predict(np.ones((2, 3))) == 1).all()


def test_bad_input_is_refused(plane: Any) -> None:
    with pytest.raises(DataError, match=r"^Found array with 1 sample\(s\) .* while a minimum of 2 is required by AutoencoderError\.$"):
        AutoencoderError().fit(plane[:1])
    with pytest.raises(DataError) as caught:
        AutoencoderError(contamination=0.7).fit(plane)
    assert str(caught.value) == "contamination must lie above 0 and not above 0.5 (got 0.7)"
