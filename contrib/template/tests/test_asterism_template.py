"""The laws that every component of Asterism obeys, and what this one promises beside them."""

import numpy as np
from asterism_template import AsterismTemplate

from asterism.framework.testing import parametrize_components
from asterism.registry import Registry


@parametrize_components([AsterismTemplate(), AsterismTemplate(max_length=3)])
def test_contract(component, check):
    check(component)


def test_words_are_counted_by_length():
    np.testing.assert_allclose(AsterismTemplate(max_length=3).transform(["a bb cccc dd"]), [[0.25, 0.5, 0.25]])


def test_a_spec_finds_it_by_name():
    stage = {"encoder": "asterism-template", "max_length": 5}
    pipeline = Registry().build({"asterism": 1, "name": "try", "source": {"modality": "text"}, "stages": [stage]})
    assert pipeline.fit(["some words", "more of them"])["asterism-template"].shape == (2, 5)
