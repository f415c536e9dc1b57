import numpy as np
import pytest

from asterism.plugins.explain.taking_apart.spans import take_apart
from asterism.plugins.video.arrays import ArrayClip
from asterism.plugins.video.clip import Wanted

FRAMES = np.repeat(np.arange(8, dtype=np.uint8) * 10, 4).reshape(8, 2, 2)


def test_spans_follow_each_other_and_say_when() -> None:
    apart = take_apart(FRAMES, 4)
    assert [part.name for part in apart.parts] == ["0.00-0.08 s", "0.08-0.16 s", "0.16-0.24 s", "0.24-0.32 s"]
    assert [pytest.approx(part.frames) for part in apart.parts] == [(0, 0.08), (0.08, 0.16), (0.16, 0.24), (0.24, 0.32)]


def test_a_span_that_is_left_out_is_cut_out() -> None:
    apart = take_apart(FRAMES, 4)
    assert apart.keeping(np.array([True, False, True, True]))[:, 0, 0].tolist() == [0, 10, 40, 50, 60, 70]
    assert apart.keeping(np.array([False, False, False, True]))[:, 0, 0].tolist() == [60, 70]
    assert apart.keeping(np.array([True] * 4)).tolist() == FRAMES.tolist()
    assert apart.keeping(np.array([False] * 4))[:, 0, 0].tolist() == [35] * 8


def test_of_a_clip_the_frames_that_are_wanted_are_taken() -> None:
    apart = take_apart(ArrayClip(FRAMES, Wanted(count=4, colour=False)), 2)
    assert len(apart.keeping(np.ones(2, bool))) == 4
    assert len(take_apart(FRAMES[:1], 4)) == 1
