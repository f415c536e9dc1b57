import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.plugins.video.arrays import ArrayClip
from asterism.plugins.video.clip import ROUNDING, Times, as_clip

ARRAY = np.arange(50, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(6, 2)


def levels(**changes):
    return [int(frame.image[0, 0]) for frame in ArrayClip(ARRAY).frames(colour=False, **changes)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sample": "all"}, list(range(50))),
        ({"sample": "key"}, list(range(50))),
        ({"count": 5}, [5, 15, 25, 35, 45]),
        ({"count": 99}, list(range(50))),
        ({"sample": "rate", "rate": 5}, list(range(0, 50, 5))),
        ({"sample": "scene"}, [0]),
    ],
)
def test_frames_are_chosen_as_those_of_a_file_of_25_a_second(changes, expected):
    assert levels(**changes) == expected


def test_frames_are_brought_to_size_and_colours():
    assert ArrayClip(ARRAY).stack(count=2, size=(8, 3)).shape == (2, 8, 3, 3)


def test_a_clip_is_equal_to_one_of_the_same_frames():
    assert ArrayClip(ARRAY) == as_clip(ARRAY.copy(), 0)
    assert ArrayClip(ARRAY) != ArrayClip(ARRAY[1:])
    assert ArrayClip(ARRAY) != "a clip"


@given(st.floats(0, 100), st.floats(0.001, 50), st.integers(1, 60), st.floats(-10, 5000))
def test_the_first_of_the_times_from_a_moment_on_is_found_without_looking_at_each(first, step, count, moment):
    times = Times(first, step, count)
    before = [time for time in times if time < moment - ROUNDING]
    assert times.place_from(moment) - len(before) in (0, 1 if any(abs(time + ROUNDING - moment) < 1e-9 for time in times) else 0)
