"""What all encoders have in common that train a network on the images."""

import numpy as np
import pytest
import torch

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.autoencoder import ImageAutoencoder
from asterism.plugins.image.encoders.jigsaw import Jigsaw
from asterism.plugins.image.encoders.masked_autoencoder import MaskedAutoencoder
from asterism.plugins.image.encoders.rotation import Rotation
from asterism.plugins.image.encoders.simclr import SimCLR

TASKS = [ImageAutoencoder, SimCLR, Rotation, Jigsaw, MaskedAutoencoder]
TINY = {"size": (16, 16), "n_components": 16, "epochs": 10, "minibatch_size": 16, "learning_rate": 4e-3}
QUICK = {**TINY, "epochs": 1, "size": (8, 8)}


@pytest.mark.parametrize("task", TASKS)
def test_the_task_is_learned_and_the_notes_say_how_fast(task, pictures):
    encoder = task(**TINY).fit(Records.of(pictures, modality="image"))
    assert encoder.loss_curve_.shape == (10,)
    assert encoder.loss_curve_[-3:].min() < 0.93 * encoder.loss_curve_[0]
    assert "10 epochs at " in encoder.notes_[0]
    assert " images per second on " in encoder.notes_[0]
    assert encoder.transform(pictures[:3]).shape == (3, 16)


@pytest.mark.parametrize("task", TASKS)
def test_grey_images_and_those_of_other_sizes_are_brought_into_form(task, pictures):
    encoder = task(**QUICK, colour=False).fit(pictures[:8])
    assert encoder.transform([pictures[0][..., 0], pictures[1], pictures[2][:12]]).shape == (3, 16)


def test_the_order_of_the_images_changes_not_one_bit(pictures):
    first, second = SimCLR(**QUICK).fit(pictures), SimCLR(**QUICK).fit(pictures[::-1])
    assert all(np.array_equal(first.weights_[name], second.weights_[name]) for name in first.weights_)


def test_a_batch_gives_what_its_images_give_alone(pictures):
    encoder = SimCLR(**TINY).fit(pictures[:16])
    alone = np.concatenate([encoder.transform([picture]) for picture in pictures])
    np.testing.assert_allclose(encoder.transform(pictures), alone, rtol=1e-5, atol=1e-6 * alone.max())


def test_images_held_out_end_the_training(pictures):
    encoder = ImageAutoencoder(**{**QUICK, "epochs": 50}, validation_fraction=0.25, patience=1).fit(pictures)
    assert len(encoder.validation_curve_) == len(encoder.loss_curve_) < 50
    assert f"{encoder.validation_curve_.min():.3g} at best of images held out" in encoder.notes_[0]


@pytest.mark.parametrize("listed", [True, False])
def test_more_images_than_are_wanted_are_sampled_and_that_is_said(listed, pictures):
    told = []
    with problems_to(told.append):
        SimCLR(**QUICK, max_images=10).fit(pictures if listed else Records.of(pictures, modality="image"))
    assert [(problem.message, problem.count) for problem in told] == [("trained on 10 of 48 images (max_images)", 38)]


def test_a_bad_image_in_a_sample_is_told_by_its_own_row(pictures):
    with pytest.raises(DataError) as caught:
        SimCLR(**QUICK, max_images=10).fit([*pictures[:30], *(np.zeros(3) for _ in range(10))])
    assert caught.value.rows[0] >= 30


def test_one_image_teaches_nothing(pictures):
    with pytest.raises(DataError, match="one image teaches nothing; give it at least two"):
        SimCLR(**QUICK).fit(pictures[:1])


def test_no_image_gives_no_rows(pictures):
    with pytest.raises(DataError, match="there is not one image to encode; give it at least one"):
        SimCLR(**QUICK).fit(pictures).transform([])


@pytest.mark.skipif(torch.cuda.is_available(), reason="torch finds a GPU")
def test_a_gpu_that_is_not_there_is_said_before_an_image_is_read():
    with pytest.raises(DataError, match="device='cuda', but torch finds no such device here"):
        SimCLR(device="cuda").fit(Records.of([None, None], modality="image"))
