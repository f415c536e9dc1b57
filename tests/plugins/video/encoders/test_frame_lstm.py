"""The encoder `frame_lstm`: what it learns to tell, and how it goes through the frames."""

import numpy as np
import pytest
import torch

from asterism.framework.testing.data import clips
from asterism.plugins.video.encoders.frame_lstm import FrameLSTM
from asterism.plugins.video.learning.networks import Ahead, Recurrent

TINY = {"size": (8, 8), "n_frames": 8, "n_components": 8, "epochs": 2}


def test_state_knows_what_was_and_not_what_comes():
    torch.manual_seed(0)
    trunk = Recurrent(1, 8, differences=False).eval()
    given = torch.rand(1, 1, 6, 8, 8)
    other = given.clone()
    other[:, :, 4:] = 0
    with torch.no_grad():
        (_, states), (_, changed) = trunk.states(given), trunk.states(other)
    torch.testing.assert_close(states[:, :4], changed[:, :4])
    assert not torch.allclose(states[:, 4:], changed[:, 4:])


@pytest.mark.parametrize("length", [3, 4, 7, 15])
def test_error_is_that_of_guessing_where_nothing_is_known_and_none_where_all_is(length):
    torch.manual_seed(0)
    looks, head = torch.nn.functional.one_hot(torch.arange(2 * length)).float().reshape(2, length, -1), Ahead(2 * length)
    with torch.no_grad():
        guessed = head.error(looks, torch.zeros(2, length, 2 * length), 1000.0)  # so warm that all frames are alike
    first = min(3, length - 1 - min(3, length - 1))
    among = [2 * (length - first - ahead) for ahead in range(1, min(3, length - 1) + 1)]
    assert float(guessed) == pytest.approx(np.log(among).mean(), abs=1e-3)
    for ahead, layer in enumerate(head.steps, 1):  # what is seen is a number of the frame, so this layer adds to it
        with torch.no_grad():
            layer.weight.copy_(torch.roll(torch.eye(2 * length), ahead, 0))
            layer.bias.zero_()
            known = head.error(looks, looks, 0.01)
    assert float(known) == pytest.approx(0, abs=1e-6)


def test_order_of_frames_counts():
    fitted = FrameLSTM(**TINY).fit(clips())
    forward, back = fitted.transform([clips()[0], clips()[0][::-1]])
    assert np.abs(forward - back).max() > 1e-5  # the rounding is a hundredth of that
