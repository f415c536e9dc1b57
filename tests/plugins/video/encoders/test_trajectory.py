import numpy as np
import pytest

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.plugins.video.encoders.trajectory import Trajectory
from asterism.plugins.video.tracks import paths


def moving(step_down, step_right, n=22):
    pattern = np.kron(np.random.default_rng(0).integers(60, 256, (6, 6)), np.ones((5, 5))).astype(np.uint8)
    frames = np.full((n, 120, 160), 20, np.uint8)
    for time in range(n):
        row, column = 45 + round(step_down * time), 60 + round(step_right * time)
        frames[time, row : row + 30, column : column + 30] = pattern
    return frames


def test_paths_of_a_thing_that_moves_have_its_direction():
    from asterism.plugins.video.arrays import ArrayClip

    shapes = paths(ArrayClip(moving(0, 2)).frames(sample="all", colour=False), 10, 100, 5)
    assert len(shapes) > 20
    steps = shapes.reshape(len(shapes), 10, 2)
    np.testing.assert_allclose(np.median(steps, axis=(0, 1)), [0.1, 0], atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=2).sum(axis=1), 1, rtol=1e-4)


def test_clips_that_move_alike_have_the_same_words():
    clips = [moving(0, 2), moving(0, 1.5), moving(1.5, 0), moving(-1.5, 0)]
    rows = Trajectory(n_words=3).fit_transform(Records.of(clips, modality="video"))
    words = rows[:, :3]
    assert words[0] @ words[1] > 0.8
    assert max(words[0] @ words[2], words[2] @ words[3]) < 0.2


def test_a_clip_where_nothing_moves_gets_zeros_and_is_reported():
    encoder, told = Trajectory(n_words=2).fit([moving(0, 2)]), []
    with problems_to(told.append):
        assert not encoder.transform([moving(0, 0)]).any()
    assert (told[0].message, told[0].rows) == ("have no point that moves and get a row of zeros", (0,))


def test_clips_where_nothing_moves_are_refused():
    with pytest.raises(DataError, match="not one point moves in all of the clips"):
        Trajectory().fit([moving(0, 0)])
