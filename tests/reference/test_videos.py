"""Videos by their motion and their hashes: six synthetic motions, fights, and copies of a scene; targets only score."""

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.hog import HOG
from asterism.plugins.samples.moving_digits import write_moving_digits
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.vectors.clusterers.near_duplicates import NearDuplicates
from asterism.plugins.vectors.reducers.standardize import Standardize
from asterism.plugins.video.encoders.frames import Frames
from asterism.plugins.video.encoders.optical_flow import OpticalFlow
from asterism.plugins.video.encoders.video_hash import VideoHash
from asterism.plugins.video.modality import Video

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]


def clips_of(name):
    with problems_to(lambda problem: None):
        return Video().read(Path(os.environ["ASTERISM_DATA"]) / "video" / name)


def contiguous_accuracy(rows, classes, n_folds=5):
    """Accuracy of a linear probe where neighbouring clips, which share a source, are in one fold."""
    classes, right = np.array(classes), []
    for fold in range(n_folds):
        tested = np.zeros(len(classes), bool)
        for name in np.unique(classes):
            places = np.flatnonzero(classes == name)
            tested[np.array_split(places, n_folds)[fold]] = True
        probe = make_pipeline(StandardScaler(), LinearSVC(C=0.01)).fit(rows[~tested], classes[~tested])
        right.append(probe.score(rows[tested], classes[tested]))
    return float(np.mean(right))


def test_six_motions_are_grouped_apart(tmp_path):
    clips = Video().read(write_moving_digits(tmp_path))
    rows = Standardize().fit_transform(OpticalFlow().transform(clips))
    labels = KMeans(n_clusters=6, n_init=10).fit(rows).labels_
    assert normalized_mutual_info_score(list(clips.targets), labels) >= 0.95  # measured 1.0


def test_fights_are_told_by_their_motion():
    clips = clips_of("fight_surv")
    rows = OpticalFlow(grid=(2, 2)).transform(clips)
    assert contiguous_accuracy(rows, clips.targets) >= 0.70  # measured 0.75


def test_fights_are_told_by_how_edges_change():
    clips = clips_of("fight_surv")
    rows = Frames(frame_encoder=HOG(size=(64, 64)), size=(64, 64), pooling=("differences",)).fit_transform(clips)
    assert contiguous_accuracy(rows, clips.targets) >= 0.75  # measured 0.80; 0.65 with the mean of the edges


def test_copies_of_a_scene_are_grouped_apart_from_another():
    clips = clips_of("near_duplicates")
    labels = NearDuplicates(threshold=30).fit(VideoHash().transform(clips)).labels_
    assert dict(zip(clips.ids, labels.tolist(), strict=True)) == {name: -1 if "door" in name else 0 for name in clips.ids}
