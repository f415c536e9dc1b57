import numpy as np
import pytest
import torch

from asterism.framework import DataError
from asterism.plugins.image.encoders.jigsaw import Jigsaw, permutations, tiles_of


@pytest.mark.parametrize(("n", "n_wanted", "least"), [(9, 20, 7), (4, 4, 4), (16, 100, 12)])
def test_permutations_differ_in_many_places(n, n_wanted, least):
    found = permutations(n, n_wanted, 0)
    assert found.shape == (n_wanted, n)
    assert (np.sort(found, axis=1) == np.arange(n)).all()
    distances = (found[:, None] != found[None]).sum(-1)
    assert distances[~np.eye(n_wanted, dtype=bool)].min() >= least


def test_of_four_tiles_there_are_24_orders():
    assert len(np.unique(permutations(4, 100, 0), axis=0)) == 24


def test_tiles_are_cut_row_by_row_and_a_rest_is_left_out():
    images = torch.arange(2 * 3 * 7 * 5.0).reshape(2, 3, 7, 5)
    tiles = tiles_of(images, 2)
    assert tiles.shape == (2, 4, 3, 3, 2)
    assert torch.equal(tiles[1, 2], images[1, :, 3:6, :2])


def test_the_order_of_tiles_is_told_far_better_than_by_chance(pictures):
    encoder = Jigsaw(size=(16, 16), n_components=16, epochs=30, n_permutations=4, augmentation=(), learning_rate=1e-2, minibatch_size=16)
    assert encoder.fit(pictures).loss_curve_[-1] < 0.5 * np.log(4)


def test_tiles_too_small_to_show_anything_are_refused(pictures):
    with pytest.raises(
        DataError, match=r"tiles would be smaller than 4 pixels \(size=\(8, 8\), n_tiles=3\); raise `size`, or lower `n_tiles`"
    ):
        Jigsaw(size=(8, 8), n_tiles=3).fit(pictures[:4])
