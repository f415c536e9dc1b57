"""Faces by visual words, against the same by hand with OpenCV and scikit-learn; targets only score."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from sklearn import cluster
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import normalized_mutual_info_score

from asterism.framework.problems import problems_to
from asterism.plugins.image.encoders.orb_bovw import ORBWords
from asterism.plugins.image.encoders.sift_bovw import SIFTWords
from asterism.plugins.image.modality import Image
from asterism.plugins.vectors.clusterers.kmeans import KMeans

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]

N_PEOPLE, N_WORDS = 10, 64


@pytest.fixture(scope="module")
def faces():
    """Ten people, ten images of each, and who is on them."""
    with problems_to(lambda problem: None):
        records = Image().read(Path(os.environ["ASTERISM_DATA"]) / "image" / "att_faces")
    people = sorted(set(records.targets))[:N_PEOPLE]
    places = [place for place, person in enumerate(records.targets) if person in people]
    return [records[place] for place in places], [records.targets[place] for place in places]


def by_hand(images):
    sift = cv2.SIFT_create(nfeatures=500)
    found = [sift.detectAndCompute(image, None)[1] for image in images]
    words = cluster.KMeans(N_WORDS, n_init=1, random_state=0).fit(np.concatenate(found))
    rows = np.stack([np.bincount(words.predict(each), minlength=N_WORDS) for each in found])
    return TfidfTransformer().fit_transform(rows).toarray().astype(np.float32)


def agreement(rows, people):
    models = [KMeans(n_clusters=N_PEOPLE, n_init=10, random_state=seed) for seed in range(3)]
    return np.mean([normalized_mutual_info_score(people, model.fit(rows).labels_) for model in models])


def test_words_of_key_points_group_faces_as_well_as_by_hand(faces):
    images, people = faces
    ours, peer = (agreement(rows, people) for rows in (SIFTWords(n_words=N_WORDS).fit_transform(images), by_hand(images)))
    assert ours > peer - 0.03


@pytest.mark.parametrize(
    ("encoder", "least"),
    [
        (SIFTWords(encoding="vlad", n_words=16), 0.80),  # measured 0.86; all 40 people 0.79
        (SIFTWords(encoding="vlad", n_words=16, step=8), 0.93),  # measured 0.98; all 40 people 0.94
        (ORBWords(n_words=N_WORDS), 0.63),  # measured 0.70; all 40 people 0.69 with 256 words
    ],
)
def test_faces_are_grouped_by_person(faces, encoder, least):
    images, people = faces
    assert agreement(encoder.fit_transform(images), people) > least
