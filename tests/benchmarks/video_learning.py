"""Networks that learned from the clips, untrained ones, and what needs no learning: groups of synthetic motions, and a probe of fights.

ASTERISM_DATA=... python tests/benchmarks/video_learning.py
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from asterism.framework import Records
from asterism.framework.problems import problems_to
from asterism.plugins.samples.moving_digits import write_moving_digits
from asterism.plugins.video.encoders.conv3d import Conv3D
from asterism.plugins.video.encoders.frame_lstm import FrameLSTM
from asterism.plugins.video.encoders.optical_flow import OpticalFlow
from asterism.plugins.video.modality import Video

FIGHTS = Path(os.environ.get("ASTERISM_DATA", "")) / "video" / "fight_surv"
UNTRAINED: dict[str, Any] = {"epochs": 1, "learning_rate": 1e-12}


def rows_of(clips: Records[Any]) -> Iterator[tuple[str, Any, str]]:
    """Encode clips in every way; yields a name, the rows, and what the encoder says of itself."""
    frames = [clip.stack(sample="count", count=16, size=(16, 16), colour=False).mean(axis=0).ravel() for clip in clips]
    yield "mean frame of 16 x 16", np.stack(frames), ""
    yield "optical_flow, 2 x 2 cells", OpticalFlow(grid=(2, 2)).transform(clips), ""
    yield "optical_flow", OpticalFlow().transform(clips), ""
    looked_at = [clip.stack(sample="count", count=16, size=(32, 32), colour=False) for clip in clips]
    for kind in (Conv3D, FrameLSTM):
        untrained = kind(**UNTRAINED)
        yield f"{kind.__name__}, untrained", untrained.fit_transform(looked_at), ""
        for seed in range(3):
            encoder = kind(random_state=seed)
            yield f"{kind.__name__}, seed {seed}", encoder.fit_transform(looked_at), encoder.notes_[0]


def grouped(rows: Any, classes: Any) -> float:
    labels = KMeans(len(set(classes)), n_init=10, random_state=0).fit_predict(StandardScaler().fit_transform(rows))
    return float(normalized_mutual_info_score(classes, labels))


def probed(rows: Any, classes: Any, n_folds: int = 5) -> float:
    """Accuracy of a linear probe where neighbouring clips, which share a source, are in one fold."""
    right = []
    for fold in range(n_folds):
        tested = np.zeros(len(classes), bool)
        for name in np.unique(classes):
            places = np.flatnonzero(classes == name)
            tested[np.array_split(places, n_folds)[fold]] = True
        probe = make_pipeline(StandardScaler(), LinearSVC(C=0.01)).fit(rows[~tested], classes[~tested])
        right.append(probe.score(rows[tested], classes[tested]))
    return float(np.mean(right))


def main() -> None:
    with TemporaryDirectory() as folder, problems_to(lambda problem: None):
        for source in (write_moving_digits(Path(folder)), FIGHTS):
            clips = Video().read(source)
            classes = np.array(clips.targets)
            for name, rows, note in rows_of(clips):
                print(
                    f"{source.name:14} {name:26} NMI {grouped(rows, classes):.3f}   probe {probed(rows, classes):.3f}   {note}", flush=True
                )


if __name__ == "__main__":
    main()
