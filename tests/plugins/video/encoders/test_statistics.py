"""The encoders that need no parameters of the picture: `color_rhythm`, `scene_stats`, `video_hash`."""

import numpy as np
import pytest

from asterism.framework import DataError
from asterism.plugins.video.arrays import FRAMES_PER_SECOND
from asterism.plugins.video.encoders.color_rhythm import ColorRhythm
from asterism.plugins.video.encoders.scene_stats import SceneStats
from asterism.plugins.video.encoders.video_hash import VideoHash


def flat(levels):
    return np.repeat(np.array(levels, np.uint8)[:, None, None], 16, 1).repeat(16, 2)


def test_colours_are_told_part_by_part():
    clip = np.zeros((50, 8, 8, 3), np.uint8)
    clip[:25, ..., 0], clip[25:, ..., 2] = 255, 51
    row = ColorRhythm(n_segments=2, frame_rate=25).transform([clip])[0]
    np.testing.assert_allclose(row[:3], [1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(row[6:9], [0, 0, 0.2], atol=1e-6)
    assert row[3:6].max() == 0  # nothing changes in the first part
    assert row[9] == pytest.approx(1 / 25)


@pytest.mark.parametrize("pace", [1, 3, 5])
def test_the_pace_of_light_is_told(pace):
    levels = 120 + 100 * np.sin(2 * np.pi * pace * np.arange(100) / 100)
    row = ColorRhythm(frame_rate=25).transform([flat(levels)])[0]
    assert row[-8:].argmax() == pace - 1
    assert row[-8:].sum() == pytest.approx(1)


def test_a_clip_of_one_frame_has_colours_and_no_pace():
    row = ColorRhythm().transform([flat([51])])[0]
    assert row[:3] == pytest.approx([0.2] * 3)
    assert not row[-8:].any()


def test_shots_and_light_are_told():
    random = np.random.default_rng(0)
    shots = [np.kron(random.integers(0, 256, (6, 8)), np.ones((8, 8))).astype(np.uint8) for _ in range(3)]
    row = SceneStats(frame_rate=25).transform(
        [np.concatenate([np.stack([shot] * n) for shot, n in zip(shots, (25, 50, 25), strict=True)])]
    )[0]
    seconds = np.expm1(row[:5])
    np.testing.assert_allclose(seconds, [4, 3, 4 / 3, 1, 2], rtol=1e-4)
    assert row[5] == pytest.approx(2 / 4)
    assert row[6] == pytest.approx(
        np.mean([shot.mean() * n for shot, n in zip(shots, (25, 50, 25), strict=True)]) * 3 / 100 / 255, rel=1e-2
    )


def test_a_still_clip_does_not_move():
    row = SceneStats().transform([flat([128] * int(FRAMES_PER_SECOND))])[0]
    assert row[5:] == pytest.approx([0, 128 / 255, 0, 0, 0], abs=1e-6)


def scenery(seed, n=50):
    """A window that goes over a large blurred picture."""
    from PIL import Image

    noise = np.random.default_rng(seed).integers(0, 256, (8, 20), dtype=np.uint8)
    large = np.asarray(Image.fromarray(noise).resize((240, 96), Image.Resampling.BICUBIC))
    return np.stack([large[:, 2 * time : 2 * time + 128] for time in range(n)])


def test_edits_of_a_video_have_nearly_its_hash_and_other_videos_another():
    one = scenery(0)
    edits = [one[4:], (one * 0.7 + 30).astype(np.uint8), one[:, ::2, ::2]]
    bits = VideoHash().transform([one, *edits, scenery(1), scenery(2)])
    far = (bits[0] != bits[1:]).sum(axis=1)
    assert far[:3].max() <= 40
    assert far[3:].min() > 50


@pytest.mark.parametrize("encoder", [ColorRhythm(), SceneStats(), VideoHash()])
def test_no_clip_is_an_error(encoder):
    with pytest.raises(DataError, match="there is not one clip to encode"):
        encoder.transform([])
