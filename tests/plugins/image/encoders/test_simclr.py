import numpy as np
import torch

from asterism.plugins.image.encoders.simclr import SimCLR, contrast
from asterism.plugins.image.learning.augmentation import augmented


def test_the_loss_is_nt_xent_as_the_paper_writes_it():
    vectors, temperature = np.random.default_rng(0).normal(size=(6, 4)), 0.5
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = np.exp(directions @ directions.T / temperature)
    others = [likeness[row, np.arange(6) != row].sum() for row in range(6)]
    expected = np.mean([-np.log(likeness[row, (row + 3) % 6] / others[row]) for row in range(6)])
    assert np.isclose(contrast(torch.from_numpy(vectors), temperature).item(), expected)


def test_a_picture_is_nearer_to_a_changed_view_of_itself_than_to_others(pictures):
    encoder = SimCLR(size=(16, 16), n_components=16, epochs=20, minibatch_size=16, learning_rate=4e-3).fit(pictures)
    images = torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2) / 255).float()
    views = augmented(images, ("flip", "colour"), torch.Generator().manual_seed(3))
    before, after = encoder.transform(pictures), encoder.transform(list((255 * views).byte().numpy().transpose(0, 2, 3, 1)))
    nearest = ((before[:, None] - after[None]) ** 2).sum(-1).argmin(1)
    assert (nearest == np.arange(48)).mean() > 0.2  # by chance 0.02


def test_what_projects_is_not_kept(pictures):
    encoder = SimCLR(size=(8, 8), n_components=8, epochs=1).fit(pictures[:8])
    assert {name.split(".")[0] for name in encoder.weights_} == {"stages"}
