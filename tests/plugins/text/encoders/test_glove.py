"""The encoder `glove`: what is counted, against counting by hand, and what is fitted to it."""

from collections import Counter

import numpy as np
import pytest

from asterism.framework import DataError, Records
from asterism.framework.testing.data import sentences
from asterism.plugins.text.encoders.glove import GloVe
from asterism.plugins.text.glove_rounds import ONE, Fitting, count_nearness, fit_vectors
from asterism.plugins.word_codes import code_texts

SMALL = {"vector_size": 8, "min_count": 1, "sample": 0}


def counted(texts, window):
    corpus = code_texts([text.split() for text in texts], 1)
    near = count_nearness(corpus, window, 0, np.uint64(1))
    rows = np.repeat(np.arange(len(corpus.words)), np.diff(near.starts))
    pairs = zip(rows, near.columns, near.values, strict=True)
    return {(corpus.words[row], corpus.words[column]): value / ONE for row, column, value in pairs}


def counted_by_hand(texts, window):
    sums = Counter()
    for words in map(str.split, texts):
        for place, word in enumerate(words):
            for other in range(len(words)):
                if 0 < abs(place - other) <= window:
                    sums[word, words[other]] += 1 / abs(place - other)
    return sums


@pytest.mark.parametrize("window", [1, 3, 20])
def test_nearness_is_the_sum_of_one_over_the_distance_within_a_text(window):
    texts = [*sentences(), "sun", "sun sun sun moon"]
    found, expected = counted(texts, window), counted_by_hand(texts, window)
    assert found.keys() == expected.keys()
    assert all(found[pair] == pytest.approx(expected[pair], rel=1e-8) for pair in found)


def test_fitted_vectors_and_biases_give_the_logarithms_of_the_counts():
    # With room enough and all pairs of one weight, what is left over of the logarithms is small.
    corpus = code_texts([text.split() for text in sentences()], 1)
    near = count_nearness(corpus, 4, 0, np.uint64(1))
    targets = np.zeros((len(corpus.words),) * 2)
    rows = np.repeat(np.arange(len(corpus.words)), np.diff(near.starts))
    targets[rows, near.columns] = np.log(near.values / ONE)
    vectors = fit_vectors(near, 40, Fitting(1e-9, 0.75, 0.1, 300), np.random.default_rng(0))
    # The sums of both vectors multiply to about twice the symmetric part, up to biases and what is in no pair.
    products = vectors @ vectors.T
    assert np.corrcoef(products[rows, near.columns], targets[rows, near.columns])[0, 1] > 0.8


def test_order_of_the_texts_does_not_matter_bit_for_bit():
    settings = SMALL | {"sample": 0.01}
    one = GloVe(**settings).fit(Records.of(sentences()))
    other = GloVe(**settings).fit(Records.of(sentences()[::-1]))
    assert one.words_ == other.words_
    assert one.vectors_.tobytes() == other.vectors_.tobytes()


def test_seed_changes_the_vectors():
    one, other = (GloVe(**SMALL, random_state=seed).fit(Records.of(sentences())) for seed in (0, 1))
    assert one.vectors_.tobytes() != other.vectors_.tobytes()


def test_frequent_words_are_passed_over():
    corpus = code_texts([["the"] * 10 + ["moon", "sky"]] * 50, 1)
    everything, thinned = (count_nearness(corpus, 1, sample, np.uint64(1)).values.sum() for sample in (0, 0.05))
    assert thinned < everything / 2


def test_words_with_like_neighbours_lie_near_each_other():
    random = np.random.default_rng(0)
    sky, kitchen = ["sun", "moon", "star", "sky", "comet", "cloud"], ["bread", "oven", "flour", "pan", "honey", "salt"]
    texts = [" ".join([*random.choice(world, 4), "the"]) for world in (sky, kitchen) for _ in range(100)]
    encoder = GloVe(**SMALL).fit(Records.of(texts))
    assert {word for word, _ in encoder.most_similar("sun", n=5)} == {*sky} - {"sun"}


def test_sample_that_leaves_nothing_is_refused():
    with pytest.raises(DataError) as refused:
        GloVe(**SMALL | {"sample": 1e-12}).fit(Records.of(["sun moon"]))
    assert str(refused.value) == "sample=1e-12 leaves no two words near each other; set sample to 0, or pass more texts"
