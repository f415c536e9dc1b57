"""Every installed component, ours and anybody else's, through the contract kit."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from asterism.framework import Component
from asterism.framework.testing import parametrize_components
from asterism.framework.testing.checking import checks_for
from asterism.framework.testing.data import blobs
from asterism.plugins.image.encoders.pixels import Pixels
from asterism.plugins.recommend.als import ALS
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.plugins.text.encoders.tfidf import Tfidf
from asterism.plugins.text.modality import Text

TINY_MODEL = str(Path(__file__).parents[1] / "plugins/text/encoders/tiny_model")
"""A sentence transformer with random weights, whose vocabulary is the words of the kit's texts."""
TINY_VISION_MODEL = str(Path(__file__).parents[1] / "plugins/pretrained/tiny_model")
"""A vision model with random weights."""

DESCRIBED = {"catalogue": Path(__file__).with_name("items.csv"), "item_modality": Text(column="text", id="item"), "item_encoder": Tfidf()}
"""What is in the items of the kit's interactions."""

FIELDS: dict[str, dict[str, Any]] = {
    "reducer/svd": {"n_components": 3},  # the sample matrix has 8 columns
    "reducer/pca": {"n_components": 3},  # likewise
    "reducer/nmf": {"n_components": 3},  # likewise
    "reducer/ica": {"n_components": 3},  # likewise
    "topics/classes": {"classes": {"sky": ("thing sky",), "sea": ("thing sea",), "oven": ("thing oven",)}},  # there is no default
    "explainer/lime": {"n_samples": 50},  # each record takes so many encodings
    "explainer/shap": {"n_samples": 50},  # likewise
    "encoder/frames": {"frame_encoder": Pixels(size=(8, 8))},  # there is no default
    "encoder/conv3d": {"size": (8, 8), "n_frames": 8, "n_components": 8, "epochs": 2},  # small, as each check trains
    "encoder/frame_lstm": {"size": (8, 8), "n_frames": 8, "n_components": 8, "epochs": 2},  # likewise
    "encoder/trajectory": {"n_words": 4, "length": 5},  # the sample clips have 16 frames
    "encoder/sift_bovw": {"upscale": 4, "n_words": 8},  # the sample images have 12 x 12 pixels
    "encoder/orb_bovw": {"upscale": 8, "n_words": 8},  # likewise
    **{
        f"encoder/{name}": {"size": (8, 8), "n_components": 8, "epochs": 1}  # a tiny network, so that each check takes a moment
        for name in ("autoencoder", "simclr", "jigsaw", "rotation", "masked_autoencoder")
    },
    "encoder/word2vec": {"min_count": 1, "vector_size": 8},  # the sample's words are rare
    "encoder/fasttext": {"min_count": 1, "vector_size": 8},  # likewise
    "encoder/glove": {"min_count": 1, "vector_size": 8, "sample": 0},  # likewise
    "encoder/sentence_transformer": {"model": TINY_MODEL},  # there is no default
    "encoder/static": {"model": TINY_MODEL, "n_components": 8},  # likewise
    "encoder/pretrained": {"model": TINY_VISION_MODEL},  # likewise
    "recommender/content": DESCRIBED,  # there is no default
    "recommender/two_tower": {**DESCRIBED, "n_factors": 4, "epochs": 1},  # likewise, and small, as each check trains
    "recommender/hybrid": {"recommenders": (ItemKNN(), ALS(n_factors=4))},  # there is no default
    "recommender/sequential": {"n_factors": 8, "epochs": 1},  # small, as each check trains
    "recommender/neural_cf": {"n_factors": 4, "epochs": 1},  # likewise
}
"""Fields that suit the small samples, where the defaults are made for real data."""

DATA: dict[str, Any] = {
    "reducer/nmf": abs(blobs()),  # the sample has negative values, which no sum of positive parts gives
    "clusterer/information_bottleneck": abs(blobs()),  # nor are they counts
}
"""Data for those that the kit's own samples do not suit."""

EXPECTED: dict[str | tuple[str, str], str] = {
    ("modality/video", "written_items_read_back"): "an array of frames becomes a file, which keeps nearly what they show",
    ("modality/patches", "one_record_for_each_item"): "every window of an image is a record",
    ("modality/patches", "written_items_read_back"): "likewise: a window that is written is read as an image",
    ("encoder/word2vec", "order_of_learning_does_not_matter"): "the descent goes through the texts one after the other",
    ("encoder/fasttext", "order_of_learning_does_not_matter"): "the descent goes through the texts one after the other",
    ("reducer/kmeans_distance", "order_of_learning_does_not_matter"): "k-means draws its first means from the rows by number",
    ("reducer/tsne", "order_of_learning_does_not_matter"): "the descent starts and rounds otherwise; the map is another, as good one",
    (
        "reducer/umap",
        "order_of_learning_does_not_matter",
    ): "the rounds draw edges in the order of the rows; the map is another, as good one",
}
"""Laws that a component cannot keep, by (label, check), each with its reason."""


@cache  # reading the metadata of all packages takes longer than most checks
def installed() -> dict[str, EntryPoint]:
    """List the entry points of every kind by ``kind/name``, with the distribution where two have one name."""
    kinds = sorted({kind.name for kind in entry_points(group="asterism.kind")})
    found: dict[str, EntryPoint] = {}
    for kind in kinds:
        for entry in entry_points(group=f"asterism.{kind}"):
            label = f"{kind}/{entry.name}"
            found[f"{label}@{entry.dist.name}" if label in found and entry.dist else label] = entry
    return found


@cache
def loaded() -> dict[str, Component]:
    """Make every component that loads; `test_entry_point_loads` fails for the others."""
    components = {}
    for label, entry in installed().items():
        try:
            components[label] = entry.load()(**FIELDS.get(label, {}))
        except Exception:  # noqa: S112  # one broken plugin must not hide the checks of the others
            continue
    return components


@pytest.mark.parametrize("label", installed())
def test_entry_point_loads_a_component_of_its_kind(label: str) -> None:
    component = installed()[label].load()(**FIELDS.get(label, {}))
    assert component.kind == label.partition("/")[0]


@parametrize_components({label: component for label, component in loaded().items() if label not in DATA}, expected=EXPECTED)
def test_component_keeps_the_law(component: Component, check: Any) -> None:
    check(component)


@pytest.mark.parametrize(("label", "check"), [(label, check) for label in DATA for check in checks_for(loaded()[label], data=DATA[label])])
def test_component_keeps_the_law_on_data_of_its_own(label: str, check: Any) -> None:
    check(loaded()[label])


def test_every_table_entry_names_an_installed_component() -> None:
    assert {key if isinstance(key, str) else key[0] for key in (*FIELDS, *DATA, *EXPECTED)} <= set(installed())
