from typing import Any

import numpy as np
import pytest

from asterism.plugins.explain.asking import about, parts_that_matter
from asterism.plugins.explain.lime import LIME
from asterism.plugins.explain.shapley import SHAP
from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.vectors.clusterers.kmeans import KMeans


def test_parts_that_change_nothing_are_passed_over() -> None:
    assert parts_that_matter(lambda masks: masks @ np.array([1.0, 0, -2, 0]), 4).tolist() == [0, 2]
    assert parts_that_matter(lambda masks: np.ones(len(masks)), 4).tolist() == []


def test_parts_that_change_nothing_alone_but_do_together_are_not_passed_over() -> None:
    def one_of_two_will_do(masks: Any) -> Any:
        return masks[:, 0] * 0.5 + (masks[:, 1] | masks[:, 2])

    assert parts_that_matter(one_of_two_will_do, 3).tolist() == [0, 1, 2]


def test_parts_that_are_not_asked_about_stand() -> None:
    asked: list[list[list[bool]]] = []

    def ask(masks: Any) -> Any:
        asked.append(masks.tolist())
        return masks.sum(axis=1)

    assert about(np.array([0, 2]), ask, 3)(np.array([[True, False], [False, False]])).tolist() == [2, 1]
    assert asked == [[[True, True, False], [False, True, False]]]


@pytest.mark.parametrize("kind", [LIME, SHAP])
def test_words_that_the_encoder_does_not_know_weigh_nothing(kind: Any, grouped: Any) -> None:
    texts = ["the red sun and the sky", "a red sky and a sun", "the blue sea and the ice", "a blue ice and a sea"]
    joint = grouped(texts, "text", BagOfWords(stop_words="english"), KMeans(n_clusters=2, n_init=5))
    found = kind().fit(joint.main, joint["upstream"]).explain(joint.main, joint["upstream"])[0]
    assert {part.name: part.weight for part in found.parts[3:]} == {"the": 0, "and": 0}
    assert {part.name for part in found.parts[:3]} == {"red", "sun", "sky"}
