"""The n-gram model on real text: WikiText-2, trained on its validation part and scored on its test part."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from asterism.framework import Records

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names the folder of the reference data"),
]


def read(part):
    lines = Path(os.environ["ASTERISM_DATA"], "lm", "wikitext2", f"{part}.txt").read_text("utf-8").split("\n")
    return Records.of([line for line in lines if line.strip()], modality="text")


@pytest.fixture(scope="module")
def train():
    return read("valid")


@pytest.fixture(scope="module")
def test():
    return read("test")


def fitted(train, **fields):
    from asterism.plugins.generate.ngram import NGram

    return NGram(**fields).fit(train)


@pytest.mark.parametrize(("order", "perplexity"), [(1, 882.6), (2, 399.7), (3, 379.3), (4, 376.2), (5, 375.0)])
def test_perplexity_falls_with_the_order(train, test, order, perplexity):
    # the values were measured once; a change of the arithmetic's last digits cannot move them by a thousandth
    assert fitted(train, order=order).score(test).perplexity == pytest.approx(perplexity, rel=1e-3)


def test_characters_are_predicted_in_less_than_two_bits_each(train, test):
    score = fitted(train, order=7, level="character").score(test)
    assert np.log2(score.perplexity) == pytest.approx(1.8436, rel=1e-3)


def test_trigrams_beat_linear_interpolation_with_the_best_fixed_weights(train, test):
    score = fitted(train, order=3).score(test)
    assert score.perplexity < 0.95 * best_jelinek_mercer(list(train), list(test))


def best_jelinek_mercer(train, test):
    """Perplexity of maximum-likelihood trigrams, bigrams, unigrams and a uniform part, mixed by weights tuned on the test part itself."""
    windows = [window for line in train for window in windows_of(line)]
    seen = [Counter(window[3 - length :] for window in windows) for length in (1, 2, 3)]
    contexts = [Counter(window[3 - length : 2] for window in windows) for length in (1, 2, 3)]
    size = len(seen[0]) + 1
    parts = np.array(
        [[1 / size, *(share(seen[n], contexts[n], window[2 - n :]) for n in range(3))] for line in test for window in windows_of(line)]
    )
    weights = np.full(4, 0.25)
    for _ in range(30):  # expectation maximisation
        shares = parts * weights
        weights = (shares / shares.sum(1, keepdims=True)).mean(0)
    return 2 ** -np.log2(parts @ weights).mean()


def windows_of(line):
    padded = ["<start>", "<start>", *line.split(), "<end>"]
    return zip(padded, padded[1:], padded[2:], strict=False)


def share(seen, contexts, window):
    return seen[window] / contexts[window[:-1]] if seen[window] else 0.0


def test_generated_text_keeps_to_the_vocabulary_and_differs_from_text_to_text(train):
    model = fitted(train, order=3)
    made = model.generate(50)
    assert len(set(made)) > 40
    assert {word for text in made for word in text.split()} <= set(model.vocabulary_)
