import numpy as np

from asterism.plugins.samples.moving_digits import MOTIONS, write_moving_digits
from asterism.plugins.video.modality import Video


def test_twenty_real_videos_of_each_motion_are_written(tmp_path):
    root = write_moving_digits(tmp_path)
    records = Video(mode="grey", frames="all").read(root)
    assert len(records) == 120
    assert sorted(set(records.targets)) == sorted(MOTIONS)
    frames = records[0].stack()
    assert frames.shape == (32, 64, 64)
    changes = {name: [] for name in MOTIONS}
    for clip, motion in zip(records[::5], list(records.targets)[::5], strict=True):
        changes[motion].append(np.abs(np.diff(clip.stack().astype(int), axis=0)).mean())
    assert max(changes.pop("still")) < 0.5 < min(min(some) for some in changes.values())
