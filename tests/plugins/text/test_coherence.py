"""Coherence and diversity of topics."""

import re

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.models.coherencemodel import CoherenceModel
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from asterism.framework.problems import problems_to
from asterism.plugins.text.coherence import Windows, coherence_cv, coherence_npmi, cv, npmi, topic_diversity

TOPICS = [["file", "path", "name", "read"], ["list", "sequence", "item", "index"], ["thread", "lock", "time", "value"]]


@pytest.fixture(scope="module")
def texts():
    """Texts of up to 60 words, none twice in a text: gensim forgets such a word when it leaves the window for the first time."""
    random = np.random.default_rng(0)
    words = sorted({word for topic in TOPICS for word in topic} | {f"word{number}" for number in range(80)})
    return [[words[place] for place in random.permutation(len(words))[: random.integers(61)]] for _ in range(300)]


def theirs(texts, coherence, window):
    model = CoherenceModel(
        topics=TOPICS, texts=texts, dictionary=Dictionary(texts), coherence=coherence, window_size=window, processes=1, topn=4
    )
    return model.get_coherence()


@pytest.mark.parametrize("window", [10, 10**6])
def test_npmi_is_that_of_gensim(texts, window):
    assert npmi(TOPICS, texts, window) == pytest.approx(theirs(texts, "c_npmi", window), rel=1e-9)


@pytest.mark.parametrize("window", [20, 110])
def test_cv_is_that_of_gensim(texts, window):
    assert cv(TOPICS, texts, window) == pytest.approx(theirs(texts, "c_v", window), rel=1e-9)


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=12), min_size=1, max_size=4), st.integers(1, 6))
@settings(deadline=None)
def test_windows_are_counted_as_by_hand(texts, size):
    words = ["a", "b", "c"]
    windows = [set(text[first : first + size]) for text in texts for first in range(max(len(text) - size + 1, 1))]
    found = Windows.sliding(words, texts, size)
    assert found.count == len(windows)
    assert found.together.tolist() == [[sum(one in w and other in w for w in windows) for other in words] for one in words]


def test_long_text_is_counted_in_parts_as_in_one(monkeypatch):
    text = list("abcdeabacadae" * 20)
    whole = Windows.sliding("abc", [text], 7).together
    monkeypatch.setattr("asterism.plugins.text.coherence.WINDOWS_AT_ONCE", 10)
    assert np.array_equal(Windows.sliding("abc", [text], 7).together, whole)


def test_metric_takes_whole_texts_for_windows():
    words = ["cat", "dog", "oil", "rig"]
    texts = [["cat", "dog"], ["cat", "dog", "oil"], ["oil", "rig"], ["rig"]]
    counts = csr_matrix(np.array([[word in text for word in words] for text in texts], np.float32))
    labels = np.array([0, 0, 1, 1])
    assert coherence_npmi(labels, counts) == pytest.approx(npmi([["cat", "dog", "oil"], ["rig", "oil"]], texts, 100))


def test_cv_metric_reads_the_texts_of_the_records():
    records = ["Cat, dog.", "cat dog oil", "oil RIG", "rig"]
    words = ["cat", "dog", "oil", "rig"]
    cut = [re.findall(r"\w+", text.lower()) for text in records]
    counts = csr_matrix(np.array([[word in text for word in words] for text in cut], np.float32))
    found = coherence_cv(np.array([0, 0, 1, 1]), words, counts, records)
    assert found == pytest.approx(cv([["cat", "dog", "oil"], ["rig", "oil"]], cut))


def test_terms_that_are_no_words_are_reported():
    heard = []
    with problems_to(heard.append):
        assert cv([["cat", "big dog", "dog"]], [["cat", "dog"], ["cat"]]) is not None
    assert str(heard[0]) == "terms that no text holds as a word were left out of C_v: big dog"


def test_diversity_is_the_share_of_different_terms():
    counts = np.zeros((2, 30), np.float32)
    counts[0, :20] = 1
    counts[1, 10:30] = 1
    assert topic_diversity(np.array([0, 1]), csr_matrix(counts)) == 30 / 40
    assert topic_diversity(np.array([0, 0]), csr_matrix(counts)) == 1


def test_nothing_is_said_of_no_topic():
    none, counts = np.array([-1, -1]), csr_matrix(np.eye(2, dtype=np.float32))
    assert coherence_npmi(none, counts) is None
    assert coherence_cv(none, ["a", "b"], counts, ["a", "b"]) is None
    assert topic_diversity(none, counts) is None
    assert coherence_npmi(np.array([0, 1]), counts) is None  # topics of one term
