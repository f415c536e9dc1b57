import pytest

from asterism.framework import DataError
from asterism.plugins.image.encoders.masked_autoencoder import MaskedAutoencoder


@pytest.mark.parametrize("size", [(16, 18), (14, 16), (8, 8)])
def test_a_size_that_is_not_of_whole_patches_is_refused(size, pictures):
    encoder = MaskedAutoencoder(size=size, patch_size=8)
    with pytest.raises(DataError, match=r"is not two or more patches of patch_size=8; choose a `size` of whole patches"):
        encoder.fit(pictures[:4])


def test_what_paints_is_not_kept_and_images_need_not_be_square(pictures):
    encoder = MaskedAutoencoder(size=(8, 16), n_components=6, depth=1, epochs=1).fit(pictures[:6])
    assert {name.split(".")[0] for name in encoder.weights_} == {"places", "into", "blocks"}
    assert encoder.transform(pictures[:2]).shape == (2, 6)
