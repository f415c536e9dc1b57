import numpy as np
import pytest

from asterism.plugins.video.arrays import ArrayClip
from asterism.plugins.video.clip import as_clip

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
