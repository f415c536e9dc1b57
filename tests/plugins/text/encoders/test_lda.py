"""Texts as mixtures of topics, by latent Dirichlet allocation."""

import numpy as np
import pytest
from scipy.special import psi
from sklearn.decomposition import LatentDirichletAllocation

from asterism.framework import DataError, Records, fit_by_sums
from asterism.framework.problems import problems_to
from asterism.plugins.text.encoders.lda import LDA

SKY, SEA = ["moon", "star", "comet", "orbit", "sky", "night"], ["whale", "wave", "harbour", "tide", "boat", "salt"]


def texts(n=60):
    """Texts of ten words on the sky, the sea, or half of both, in turn."""
    random = np.random.default_rng(0)
    shares = [(1.0, 0.0, 0.5)[row % 3] for row in range(n)]
    return Records.of(
        [" ".join(random.choice(SKY if random.random() < share else SEA) for _ in range(10)) for share in shares], modality="text"
    )


def theirs(encoder):
    """Make scikit-learn's model of the same topics."""
    model = LatentDirichletAllocation(
        encoder.n_components, doc_topic_prior=encoder.doc_topic_prior, topic_word_prior=encoder.topic_word_prior, random_state=0, max_iter=1
    )
    model.fit(np.ones((2, encoder.components_.shape[1])))
    model.components_ = encoder.components_
    model.exp_dirichlet_component_ = np.exp(psi(encoder.components_) - psi(encoder.components_.sum(axis=1))[:, np.newaxis])
    return model


def counts(encoder, records):
    return encoder.counts_.transform(records).astype(np.float64)


@pytest.mark.parametrize("fields", [{}, {"doc_topic_prior": 0.1, "topic_word_prior": 0.01}, {"learning_method": "online"}], ids=str)
def test_mixtures_are_those_of_scikit_learn_for_the_same_topics(fields):
    records = texts()
    encoder = LDA(n_components=3, max_iter=5, **fields).fit(records)
    np.testing.assert_allclose(encoder.transform(records), theirs(encoder).transform(counts(encoder, records)), rtol=1e-5)


def test_topics_are_as_good_as_those_of_scikit_learn():
    records = texts(120)
    encoder = LDA(n_components=2).fit(records)
    table = counts(encoder, records)
    peer = LatentDirichletAllocation(2, max_iter=20, random_state=0).fit(table)
    assert theirs(encoder).perplexity(table) == pytest.approx(peer.perplexity(table), rel=0.01)


@pytest.mark.parametrize("method", ["batch", "online"])
def test_topics_have_the_words_of_the_subjects(method):
    records = texts(300)
    encoder = LDA(n_components=2, learning_method=method).fit(records)
    words = sorted(map(sorted, encoder.topic_words(6)))
    assert words == sorted([sorted(SKY), sorted(SEA)])
    mixtures = encoder.transform(records)
    assert mixtures[2::3].max(axis=1).mean() < 0.75 < mixtures[0::3].max(axis=1).mean()


def test_fit_by_sums_learns_the_same():
    records = texts()
    whole = LDA(n_components=3, max_iter=4).fit(records)
    summed = fit_by_sums(LDA(n_components=3, max_iter=4), [list(records)[:25], list(records)[25:]])
    assert summed.n_iter_ == whole.n_iter_ == 4
    np.testing.assert_allclose(summed.components_, whole.components_, rtol=1e-6)
    assert summed.notes_ == whole.notes_


def test_text_without_a_known_word_has_equal_shares_and_is_reported():
    encoder, heard = LDA(n_components=4, max_iter=2).fit(texts()), []
    with problems_to(heard.append):
        mixtures = encoder.transform(["moon", "zebra", ""])
    np.testing.assert_allclose(mixtures[1:], 0.25)
    assert [(problem.message, problem.rows) for problem in heard] == [
        ("equal shares of all topics, because no word of the text is known", (1, 2))
    ]


def test_blocks_do_not_change_the_answer(monkeypatch):
    records = texts()
    encoder = LDA(n_components=3, max_iter=2).fit(records)
    whole = encoder.transform(records)
    monkeypatch.setattr("asterism.plugins.text.encoders.lda.VALUES_AT_ONCE", 100)
    np.testing.assert_allclose(encoder.transform(records), whole, rtol=1e-6)


def test_words_of_topics_stand_in_the_notes():
    encoder = LDA(n_components=2).fit(texts(300))
    assert [note.partition(": ")[0] for note in encoder.notes_] == ["topic 0", "topic 1"]
    assert encoder.notes_[0].partition(": ")[2].split(", ") == encoder.topic_words(8)[0]
    many = LDA(n_components=40, max_iter=1).fit(texts())
    assert many.notes_[-1] == "and 10 more topics"


def test_rare_words_are_left_out():
    encoder = LDA(n_components=2, min_df=2, max_iter=1).fit(Records.of(["moon star", "moon sea", "sea"], modality="text"))
    assert encoder.counts_.get_feature_names_out().tolist() == ["moon", "sea"]


def test_texts_without_a_word_are_refused():
    with pytest.raises(DataError):
        LDA().fit(Records.of(["", "?"], modality="text"))


def test_what_is_no_text_is_refused():
    with pytest.raises(DataError, match="a text is needed, this is a int"):
        LDA(n_components=2, max_iter=1).fit(texts()).transform(["moon", 3])
