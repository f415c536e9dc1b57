import numpy as np

from asterism.plugins.video.clip import Frame
from asterism.plugins.video.scenes import shot_starts


def frames_of(images):
    return (Frame(place / 25, image) for place, image in enumerate(images))


def test_cuts_between_different_pictures_are_found():
    random = np.random.default_rng(0)
    shots = [np.kron(random.integers(0, 256, (6, 8)), np.ones((8, 8))).astype(np.uint8) for _ in range(4)]
    noisy = [np.clip(shot + random.integers(-4, 5, shot.shape), 0, 255).astype(np.uint8) for shot in shots for _ in range(10)]
    assert shot_starts(frames_of(noisy)) == [0.0, 0.4, 0.8, 1.2]


def test_fast_motion_and_slow_fades_are_no_cuts(square):
    assert shot_starts(frames_of(square(40, step=6))) == [0.0]
    assert shot_starts(frames_of([np.full((20, 20), 5 * place, np.uint8) for place in range(50)])) == [0.0]


def test_one_frame_is_one_shot_and_none_is_none():
    assert shot_starts(frames_of([np.zeros((1, 1, 3), np.uint8)])) == [0.0]
    assert shot_starts([]) == []
