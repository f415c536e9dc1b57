"""Texts as mixtures of topics, by non-negative matrix factorization."""

import numpy as np
import pytest
from sklearn.decomposition import NMF as Theirs  # noqa: N811  # it is a class

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.plugins.text.encoders.nmf import NMF, _least_squares

SKY, SEA = ["moon", "star", "comet", "orbit", "sky", "night"], ["whale", "wave", "harbour", "tide", "boat", "salt"]


def texts(n=60):
    """Texts of ten words on the sky, the sea, or half of both, in turn."""
    random = np.random.default_rng(0)
    shares = [(1.0, 0.0, 0.5)[row % 3] for row in range(n)]
    return Records.of(
        [" ".join(random.choice(SKY if random.random() < share else SEA) for _ in range(10)) for share in shares], modality="text"
    )


def test_topics_are_those_of_scikit_learn():
    records = texts()
    encoder = NMF(n_components=2).fit(records)
    theirs = Theirs(2, init="nndsvda", random_state=0).fit(encoder.counts_.transform(records)).components_
    np.testing.assert_allclose(encoder.components_, theirs / theirs.sum(axis=1, keepdims=True), rtol=0.02, atol=1e-3)


@pytest.mark.filterwarnings("ignore:Maximum number of iterations")
def test_mixtures_are_the_best_ones_for_the_topics():
    records = texts()
    encoder = NMF(n_components=3).fit(records)
    model = Theirs(3, max_iter=2000, tol=1e-10, init="nndsvda", random_state=0).fit(encoder.counts_.transform(records))
    model.components_ = encoder.components_.astype(model.components_.dtype)
    weights = model.transform(encoder.counts_.transform(records))
    np.testing.assert_allclose(encoder.transform(records), weights / weights.sum(axis=1, keepdims=True), atol=2e-3)


def test_topics_have_the_words_of_the_subjects():
    records = texts(300)
    encoder = NMF(n_components=2)
    mixtures = encoder.fit_transform(records)
    assert sorted(map(sorted, encoder.topic_words(6))) == sorted([sorted(SKY), sorted(SEA)])
    np.testing.assert_allclose(mixtures.sum(axis=1), 1, rtol=1e-6)
    assert mixtures[2::3].max(axis=1).mean() < 0.75 < mixtures[0::3].max(axis=1).mean()
    assert encoder.notes_[1].startswith("topic 1: ")


def test_order_of_the_texts_does_not_change_the_topics():
    records = texts()
    backwards = Records.of(list(records)[::-1], modality="text")
    assert np.array_equal(NMF(n_components=3).fit(records).components_, NMF(n_components=3).fit(backwards).components_)


def test_equal_topics_have_an_answer():
    topics = np.array([[1.0, 0.0], [1.0, 0.0]])
    found = _least_squares(np.array([[2.0, 2.0]]), topics)
    assert found.sum() == pytest.approx(2)
    assert (found >= 0).all()


def test_text_without_a_word_of_any_topic_has_equal_shares_and_is_reported():
    encoder, heard = NMF(n_components=2).fit(texts()), []
    with problems_to(heard.append):
        mixtures = encoder.transform(["moon", "zebra", ""])
    np.testing.assert_allclose(mixtures[1:], 0.5)
    assert [(problem.message, problem.rows) for problem in heard] == [
        ("equal shares of all topics, because no topic has a word of the text", (1, 2))
    ]


def test_end_before_the_topics_have_settled_is_reported():
    heard = []
    with problems_to(heard.append):
        NMF(n_components=3, max_iter=1).fit(texts())
    assert heard[0].message == "ended after max_iter=1 rounds, perhaps before the topics had settled; raise max_iter or tol"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["moon star sea"] * 2, "n_components=3, but there are only 2 texts; lower it"),
        (["moon star"] * 3, "n_components=3, but there are only 2 words; lower it"),
    ],
)
def test_fewer_texts_or_words_than_topics_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        NMF(n_components=3).fit(Records.of(given, modality="text"))
