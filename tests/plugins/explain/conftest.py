"""Records whose groups have known causes: a word, a patch, a span of frames."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from asterism.framework import Clusterer, Encoder, Joint, Pipeline, Records, Stage, Upstream
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.vectors.clusterers.kmeans import KMeans
from asterism.plugins.video.encoders.frames import Frames

Grouped = Callable[..., Joint]

CAUSES = {"sky": ("comet", "orbit"), "sea": ("whale", "harbour"), "oven": ("bread", "honey")}
NOISE = ("one", "old", "grey", "small", "quiet", "early", "long")
SQUARES = ((0, 0), (8, 0), (0, 8))
"""Where the bright square of each group of images is: 8 of 24 pixels high and wide."""


@pytest.fixture
def grouped() -> Grouped:
    """Encodes and groups items; returns the labels with what they were made of."""

    def group(items: list[Any], modality: str, encoder: Encoder, clusterer: Clusterer, ids: list[str] | None = None) -> Joint:
        stages = [Stage("encoded", encoder, "source"), Stage("groups", clusterer)]
        result = Pipeline(stages).fit(Records.of(items, ids=ids, modality=modality))
        return Joint(result["groups"], {"upstream": Upstream(result, "groups")})

    return group


@pytest.fixture
def texts(grouped: Grouped) -> Joint:
    """60 texts: four of seven common words each, and both words of one subject; ids say the subject."""
    random = np.random.default_rng(0)
    items, ids = [], []
    for place in range(60):
        subject = list(CAUSES)[place % 3]
        words = [*random.permutation(NOISE)[:4], *CAUSES[subject]]
        items.append(" ".join(random.permutation(words)))
        ids.append(f"{subject} {place}")
    return grouped(items, "text", BagOfWords(), KMeans(n_clusters=3, n_init=10), ids)


@pytest.fixture
def images(grouped: Grouped) -> Joint:
    """36 grey images of 24 x 24 pixels, noise with a bright square in one of three places."""
    random = np.random.default_rng(0)
    items = []
    for place in range(36):
        image = random.integers(0, 50, (24, 24), dtype=np.uint8)
        top, left = SQUARES[place % 3]
        image[top : top + 8, left : left + 8] += np.uint8(150)
        items.append(image)
    return grouped(items, "image", Pixels(size=(12, 12)), KMeans(n_clusters=3, n_init=10))


@pytest.fixture
def videos(grouped: Grouped) -> Joint:
    """20 grey clips of 16 frames: in every other one the frames 4 to 7 are bright."""
    random = np.random.default_rng(0)
    items = []
    for place in range(20):
        clip = random.integers(0, 50, (16, 12, 12), dtype=np.uint8)
        if place % 2:
            clip[4:8] += np.uint8(200)
        items.append(clip)
    return grouped(items, "video", Frames(frame_encoder=Pixels(size=(6, 6))), KMeans(n_clusters=2, n_init=10))
