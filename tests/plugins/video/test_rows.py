"""Clip after clip: whatever goes wrong with one of them is told of that one."""

import numpy as np
import pytest

from asterism.framework import DataError, Pipeline, Stage, report_problem
from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.video.encoders.frames import Frames
from asterism.plugins.video.encoders.optical_flow import OpticalFlow
from asterism.plugins.video.encoders.trajectory import Trajectory
from asterism.plugins.video.modality import Video
from asterism.plugins.video.rows import of_clips

CLIPS = list(np.random.default_rng(0).integers(0, 256, (3, 4, 16, 16), dtype=np.uint8))


def test_an_error_is_told_the_row():
    def tell(clip):
        if clip.stack(colour=False).max() == 0:
            raise DataError("is black", rows=[0])

    with pytest.raises(DataError) as caught:
        list(of_clips([*CLIPS, CLIPS[0] * 0], tell))
    assert caught.value.rows == (3,)


def test_a_problem_is_told_the_row():
    told = []
    with problems_to(told.append):
        list(of_clips(CLIPS, lambda clip: report_problem("has a scratch", expected=clip.stack(colour=False)[0, 0, 0] > 200)))
    assert [(problem.message, problem.rows) for problem in told] == [("has a scratch", (row,)) for row in range(3)]


@pytest.mark.parametrize("encoder", [OpticalFlow(), Trajectory(n_words=2), Frames(frame_encoder=Pixels(size=(4, 4)), pooling=("vlad",))])
def test_a_damaged_video_costs_nobody_else_anything(encoder, film, square, tmp_path):
    for number in range(3):
        film(square(step=number + 1), f"clips/{number}.mp4")
    (tmp_path / "clips" / "1b.mp4").write_bytes(b"no video")
    result = Pipeline([Stage("rows", encoder)], modality=Video()).fit(tmp_path / "clips")
    assert result.ids == ["0.mp4", "1.mp4", "2.mp4"]
    assert [problem.ids for problem in result.quarantine] == [("1b.mp4",)]
    assert len(result["rows"]) == 3
