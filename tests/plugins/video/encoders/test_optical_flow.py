import cv2
import numpy as np
import pytest

from asterism.framework import DataError
from asterism.plugins.video.arrays import formed
from asterism.plugins.video.clip import Clip, Frame, Wanted
from asterism.plugins.video.encoders.optical_flow import OpticalFlow
from asterism.plugins.video.flow import around, measured


def moving(path, n=20, side=64):
    """A patterned square whose middle is where `path` says, on a grey ground."""
    pattern = np.kron(np.random.default_rng(0).integers(80, 256, (4, 4)), np.ones((5, 5))).astype(np.uint8)
    frames = np.full((n, side, side), 20, np.uint8)
    for time in range(n):
        row, column = (round(value) for value in path(time))
        frames[time, row : row + 20, column : column + 20] = pattern
    return frames


RIGHT = moving(lambda time: (22, 4 + 2 * time))
DOWN = moving(lambda time: (4 + 2 * time, 22))
STILL = moving(lambda time: (22, 22))


@pytest.mark.parametrize("method", ["farneback", "dis"])
def test_the_way_that_things_move_has_the_most_weight(method):
    right, down, still = OpticalFlow(method=method, frame_rate=25).transform([RIGHT, DOWN, STILL])
    assert right[:8].argmax() == 0
    assert right[0] > 0.8
    assert down[:8].argmax() == 2
    assert not still.any()


def test_faster_things_have_higher_speeds():
    slow, fast = OpticalFlow(frame_rate=25).transform([moving(lambda time: (22, 4 + time)), RIGHT])
    assert 1.3 < fast[8] / slow[8] < 1.5  # under a root


def test_what_grows_leads_outward_and_what_spins_turns():
    down, across = np.mgrid[-10:11, -10:11].astype(np.float32)
    outward, turning = np.stack([across, down], -1), np.stack([-down, across], -1)
    assert around(outward)[:2] == pytest.approx([1, 0], abs=1e-6)
    assert around(turning)[:2] == pytest.approx([0, 1], abs=1e-6)
    assert around(np.ones((21, 21, 2), np.float32))[:2] == pytest.approx([0, 0], abs=1e-6)
    assert not around(np.zeros((5, 5, 2), np.float32)).any()


def test_each_cell_has_its_own_motion():
    flow = np.zeros((8, 8, 2), np.float32)
    flow[:4, :4] = (2, 0)
    flow[4:, 4:] = (0, 3)
    cells = measured(flow, (2, 2), 4)
    np.testing.assert_allclose(cells[:, :4], [[2, 0, 0, 0], [0] * 4, [0] * 4, [0, 3, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(cells[:, 4:], [[2, 2], [0, 0], [0, 0], [3, 3]], atol=1e-6)


def test_the_flow_is_that_of_opencv():
    from asterism.plugins.video.flow import farneback

    expected = cv2.calcOpticalFlowFarneback(RIGHT[0], RIGHT[1], None, 0.5, 3, 15, 3, 5, 1.2, 0)
    assert np.array_equal(farneback(RIGHT[0], RIGHT[1]), expected)


def test_the_motion_of_the_camera_is_taken_out():
    ground = np.random.default_rng(1).integers(0, 256, (80, 120)).astype(np.uint8)
    ground = cv2.normalize(cv2.GaussianBlur(ground, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)
    panned = np.stack([ground[:64, time : time + 64] for time in range(20)])
    shaken, steady = (OpticalFlow(frame_rate=25, stabilize=on).transform([panned])[0] for on in (False, True))
    assert steady[8] < 0.2 * shaken[8]


def test_one_frame_does_not_move():
    assert not OpticalFlow().transform([STILL[:1]]).any()


def test_no_clip_is_an_error():
    with pytest.raises(DataError, match="there is not one clip to encode"):
        OpticalFlow().transform([])


class Uneven(Clip):
    """A clip whose frames are not equally far apart."""

    wanted = Wanted()

    def __init__(self, images, seconds):
        self.shown = [Frame(*pair) for pair in zip(seconds, images, strict=True)]

    def _frames(self, wanted):
        return iter([frame._replace(image=formed(frame.image, wanted)) for frame in self.shown])


def test_speeds_go_by_the_times_of_the_frames():
    seconds = np.arange(20) / 25
    gone = np.r_[0:20:3, 19]
    even, sparse = OpticalFlow().transform([Uneven(RIGHT, seconds), Uneven(RIGHT[gone], seconds[gone])])
    assert sparse[8] == pytest.approx(even[8], rel=0.1)
    assert sparse[9] < 0.3 * sparse[8]  # steady, though one gap is shorter than the others


def test_frames_of_one_time_are_no_endless_speed():
    assert np.isfinite(OpticalFlow().transform([Uneven(RIGHT[:3], np.zeros(3))])).all()


def test_cells_smaller_than_a_pixel_are_refused():
    with pytest.raises(DataError, match="a grid of 2 x 100 cells has no room in frames of 64 x 64 pixels; lower `grid`, or raise `size`"):
        OpticalFlow(grid=(2, 100)).transform([STILL])
