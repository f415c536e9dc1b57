import numpy as np
import pytest

from asterism.framework import DataError
from asterism.plugins.image.encoders.rotation import Rotation


def test_which_way_is_up_is_told_far_better_than_by_chance(pictures):
    encoder = Rotation(size=(16, 16), n_components=16, epochs=8, minibatch_size=16, learning_rate=1e-2).fit(pictures)
    assert encoder.loss_curve_[-1] < 0.3 * np.log(4)


def test_a_size_that_is_no_square_is_refused(pictures):
    with pytest.raises(DataError, match=r"`size` must be a square, because images are turned \(got \(16, 24\)\); such as \[32, 32\]"):
        Rotation(size=(16, 24)).fit(pictures[:4])
