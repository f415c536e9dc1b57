import numpy as np
import pytest

from asterism.plugins.image.encoders.autoencoder import ImageAutoencoder


def test_images_are_given_back_better_than_their_mean(pictures):
    encoder = ImageAutoencoder(size=(16, 16), n_components=8, epochs=15, minibatch_size=16, learning_rate=1e-2).fit(pictures)
    small = np.stack(pictures)[:, 2:18, 2:18] / 255
    assert encoder.loss_curve_[-1] < 0.9 * small.var(axis=0).mean()


@pytest.mark.parametrize("size", [(8, 8), (9, 20)])
def test_any_size_is_painted_and_only_the_code_is_kept(size, pictures):
    encoder = ImageAutoencoder(size=size, n_components=3, epochs=1, augmentation=("flip",)).fit(pictures[:8])
    assert {name.split(".")[0] for name in encoder.weights_} == {"0", "1"}
    assert encoder.transform(pictures[:5]).shape == (5, 3)
