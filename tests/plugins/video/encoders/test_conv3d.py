"""The encoder `conv3d`, and what it shares with `frame_lstm`: the views, the sample of clips, the form of the answer."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.framework.testing.data import clips
from asterism.plugins.video.arrays import ArrayClip
from asterism.plugins.video.encoders.conv3d import Conv3D
from asterism.plugins.video.encoders.frame_lstm import FrameLSTM
from asterism.plugins.video.learning.views import viewed

TINY = {"size": (8, 8), "n_frames": 8, "n_components": 8, "epochs": 2}
BOTH = pytest.mark.parametrize("encoder", [Conv3D, FrameLSTM])


def draws():
    return torch.Generator().manual_seed(0)


def test_view_is_half_of_the_time_at_a_time_in_common():
    given = torch.arange(8.0).reshape(1, 1, 8, 1, 1).expand(3, 1, 8, 5, 5) / 8
    seen = viewed(given, (), draws())
    assert seen.shape == (3, 1, 4, 5, 5)
    steps = seen[:, 0, :, 0, 0] * 8
    assert torch.equal(steps.diff(dim=1), torch.ones(3, 3))
    assert torch.equal(steps[0], steps[2])


def test_frames_of_a_clip_are_changed_alike():
    still = torch.rand(4, 3, 1, 9, 9, generator=draws()).expand(4, 3, 8, 9, 9)
    seen = viewed(still, ("crop", "mirror", "light"), draws())
    assert torch.allclose(seen, seen[:, :, :1].expand_as(seen), atol=1e-6)
    assert not torch.allclose(seen[0], seen[1])
    assert seen.min() >= 0
    assert seen.max() <= 1


def test_mirror_exchanges_left_and_right_alone():
    given = torch.rand(20, 1, 8, 6, 6, generator=draws())
    seen, straight = viewed(given, ("mirror",), draws()), viewed(given, (), draws())
    mirrored = [torch.allclose(one, other.flip(3), atol=1e-5) for one, other in zip(seen, straight, strict=True)]
    kept = [torch.allclose(one, other, atol=1e-5) for one, other in zip(seen, straight, strict=True)]
    assert 0 < sum(mirrored) < 20
    assert sum(mirrored) + sum(kept) == 20


@BOTH
def test_what_stands_still_is_not_seen_by_differences(encoder):
    fitted = encoder(**TINY).fit(clips())
    shades = [np.full((16, 24, 24), shade, np.uint8) for shade in (0, 200)]
    assert np.array_equal(*fitted.transform(shades))
    assert not np.array_equal(*encoder(**TINY, differences=False).fit(clips()).transform(shades))


@BOTH
def test_loss_falls_and_the_note_says_so(encoder):
    fitted = encoder(**{**TINY, "size": (16, 16), "epochs": 30, "learning_rate": 1e-2, "augmentation": ("light",)}).fit(clips())
    assert fitted.loss_curve_.shape == (30,)
    assert fitted.loss_curve_[-5:].mean() < 0.9 * fitted.loss_curve_[:5].mean()
    (note,) = fitted.notes_
    assert note.startswith("30 epochs at ")
    assert f"; loss {fitted.loss_curve_[0]:.3g} in the first, {fitted.loss_curve_[-1]:.3g} in the last" in note


@BOTH
def test_colours_are_looked_at_where_they_are_wanted(encoder):
    red, blue = (np.zeros((8, 8, 8, 3), np.uint8) for _ in range(2))
    red[::2, :, :, 0] = blue[::2, :, :, 2] = 200
    fitted = encoder(**TINY, colour=True).fit([red, blue])
    assert not np.array_equal(*fitted.transform([red, blue]))
    assert fitted.transform([clips()[0]]).shape == (1, 8)


@BOTH
def test_short_clip_shows_frames_twice(encoder):
    fitted = encoder(**TINY).fit(clips())
    short = clips()[0][:4]
    assert np.array_equal(*fitted.transform([short, short.repeat(2, axis=0)]))
    assert np.isfinite(fitted.transform([short[:1]])).all()


@BOTH
def test_row_does_not_depend_on_its_neighbours(encoder):
    fitted = encoder(**TINY).fit(clips())
    together = fitted.transform(clips())
    assert np.array_equal(together, np.concatenate([fitted.transform([clip]) for clip in clips()]))
    assert together.shape == (12, 8)
    assert together.dtype == np.float32


def test_same_seed_gives_the_same_network_and_the_host_keeps_its_own():
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first, again, other = (Conv3D(**TINY, random_state=seed).fit_transform(clips()) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_clips_beyond_the_most_are_left_out_of_the_training_and_reported():
    found = []
    with problems_to(found.append):
        rows = Conv3D(**TINY, max_clips=5).fit_transform(Records.of(clips(), modality="video"))
    assert [problem.message for problem in found] == ["trained on 5 of 12 clips (max_clips)"]
    assert rows.shape == (12, 8)


def test_each_clip_is_decoded_once_to_learn():
    looks = []

    class Counted(ArrayClip):
        def _frames(self, wanted):
            looks.append(wanted.count)
            return super()._frames(wanted)

    Conv3D(**TINY).fit([Counted(clip) for clip in clips()])
    assert looks == [8] * 12


@pytest.mark.parametrize(("given", "reason"), [([], "there is not one clip"), (clips()[:1], "one clip teaches nothing")])
def test_fewer_than_two_clips_are_refused(given, reason):
    with pytest.raises(DataError, match=f"^{reason}; give it at least two$"):
        Conv3D(**TINY).fit(given)


def test_no_clip_is_refused_by_transform():
    with pytest.raises(DataError, match=r"^there is not one clip to encode; give it at least one$"):
        Conv3D(**TINY).fit(clips()).transform([])


def test_item_that_is_no_clip_is_named_by_row():
    with pytest.raises(DataError, match=r"\(got str\) \(rows 2\)"):
        Conv3D(**TINY).fit([*clips()[:2], "a text"])


def test_class_is_there_without_torch():
    code = f"import sys, {Conv3D.__module__}, {FrameLSTM.__module__}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout == "False\n"
