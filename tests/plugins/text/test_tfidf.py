"""The encoder `tfidf`, against scikit-learn's `TfidfVectorizer`."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import DataError, NotFittedError, Records, dump_state, load_state
from asterism.plugins.text import counting
from asterism.plugins.text.tfidf import Tfidf

PETS = ["The cat sat on the mat", "the dog sat", "A dog, a cat, a mouse", "mouse mouse mouse cheese", "naïve Élan of the cat"]
WORDS = st.sampled_from(["the", "of", "cat", "dog", "mouse", "Mouse", "élan", "don't", "x", "ab", "42", "and", "cheese"])
CORPORA = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=12)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "min_df": st.sampled_from([1, 2, 0.2]),
        "max_df": st.sampled_from([1.0, 0.8, 5]),
        "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 3)]),
        "sublinear_tf": st.booleans(),
        "analyzer": st.sampled_from(["word", "char", "char_wb"]),
        "lowercase": st.booleans(),
        "norm": st.sampled_from(["l1", "l2", None]),
    },
)


def records(texts):
    return Records.of(texts, modality="text")


def peer_of(settings):
    return TfidfVectorizer(dtype=np.float32, **settings)


def assert_same(ours, theirs):
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    assert ours.has_sorted_indices
    # Both compute in float32; sums in another order may differ in the last bits.
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), rtol=1e-6)


def message(texts, **settings):
    with pytest.raises(DataError) as caught:
        Tfidf(**settings).fit(records(texts))
    return str(caught.value)


@given(CORPORA, CORPORA, SETTINGS)
def test_numbers_are_those_of_scikit_learn(texts, more, settings):
    theirs = peer_of(settings)
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        assume(False)
    ours = Tfidf(**settings)
    assert_same(ours.fit_transform(records(texts)), expected)
    assert ours.terms_ == theirs.get_feature_names_out().tolist()
    np.testing.assert_allclose(ours.idf_, theirs.idf_, rtol=1e-6)
    assert_same(ours.transform(more), theirs.transform(more))


@given(st.lists(st.text(), min_size=1), st.sampled_from(["word", "char", "char_wb"]))
def test_any_text_is_encoded_as_by_scikit_learn(texts, analyzer):
    theirs = peer_of({"analyzer": analyzer})
    try:
        expected = theirs.fit_transform(texts)
    except ValueError:
        assume(False)
    ours = Tfidf(analyzer=analyzer)
    assert_same(ours.fit_transform(records(texts)), expected)
    assert ours.terms_ == theirs.get_feature_names_out().tolist()


@pytest.mark.parametrize("stop_words", ["english", ("the", "cat")])
def test_stop_words_are_left_out(stop_words):
    theirs = peer_of({"stop_words": stop_words if isinstance(stop_words, str) else list(stop_words)})
    expected = theirs.fit_transform(PETS)
    ours = Tfidf(stop_words=stop_words)
    assert_same(ours.fit_transform(records(PETS)), expected)
    assert ours.terms_ == theirs.get_feature_names_out().tolist()


def test_max_features_keeps_the_most_frequent():
    encoder = Tfidf(max_features=3).fit(records(PETS))
    assert encoder.terms_ == ["cat", "mouse", "the"]  # 3, 4 and 4 times; "dog" and "sat" occur twice
    assert encoder.get_feature_names_out().tolist() == encoder.terms_


@given(st.integers(1, 3000), st.integers(0, 9))
def test_max_features_keeps_the_same_of_equally_frequent_terms_as_scikit_learn(max_features, seed):
    numbers = np.random.default_rng(seed).zipf(1.3, 6000)
    texts = [" ".join(f"w{number}" for number in part) for part in np.array_split(numbers, 60)]
    theirs = peer_of({"max_features": max_features})
    expected = theirs.fit_transform(texts)
    ours = Tfidf(max_features=max_features)
    assert_same(ours.fit_transform(records(texts)), expected)
    assert ours.terms_ == theirs.get_feature_names_out().tolist()


def test_texts_are_read_once():
    passes = []

    class Watched(list):
        def __iter__(self):
            passes.append(1)
            return super().__iter__()

    data = records(PETS)
    data.entries = Watched(data.entries)
    Tfidf().fit_transform(data)
    assert passes == [1]


def test_fit_and_transform_give_what_fit_transform_gives():
    together = Tfidf().fit_transform(records(PETS))
    apart = Tfidf().fit(records(PETS)).transform(records(PETS))
    assert (together != apart).nnz == 0


@given(CORPORA)
def test_row_does_not_depend_on_its_neighbours(texts):
    encoder = Tfidf(sublinear_tf=True).fit(records(PETS))
    whole = encoder.transform(texts).toarray()
    alone = [encoder.transform([text]).toarray()[0] for text in texts]
    assert np.array_equal(whole, alone)


def test_long_corpora_are_added_up_in_parts(monkeypatch):
    whole = Tfidf().fit_transform(records(PETS))
    monkeypatch.setattr(counting, "TERMS_AT_ONCE", 4)
    assert (Tfidf().fit_transform(records(PETS)) != whole).nnz == 0


def test_state_is_saved_and_loaded_bit_for_bit():
    encoder = Tfidf(ngram_range=(1, 2)).fit(records(PETS))
    arrays, tree = dump_state(encoder)
    assert set(tree) == {"terms_", "idf_"}
    loaded = Tfidf(ngram_range=(1, 2))
    load_state(loaded, arrays, tree, resolve=None)
    assert (loaded.transform(PETS) != encoder.transform(PETS)).nnz == 0


def test_texts_without_a_known_word_are_reported(caplog):
    encoder = Tfidf().fit(records(["cat dog", "cat"]))
    assert not caplog.messages
    assert encoder.transform(["cat", "mouse", ""]).toarray().tolist() == [[1, 0], [0, 0], [0, 0]]
    assert caplog.messages == ["rows of zeros, because no term of the text is known: 2"]


def test_use_before_fit_is_refused():
    with pytest.raises(NotFittedError):
        Tfidf().transform(PETS)


@pytest.mark.parametrize("texts", [["", " "], ["a", "."]])
def test_texts_without_a_term_are_refused(texts):
    assert message(texts) == "the texts hold no term at all; look at the texts, at stop_words, or try analyzer 'char'"


def test_texts_of_stop_words_only_are_refused():
    assert message(["the of", "and"], stop_words="english").startswith("the texts hold no term at all;")


def test_bounds_that_leave_nothing_are_refused():
    assert message(["cat dog", "cat"], min_df=3) == (
        "none of the 2 terms is in at least 3 and at most 2 of the 2 texts; lower min_df or raise max_df"
    )
    assert message(["cat", "cat"], max_df=0.5) == (
        "none of the 1 terms is in at least 1 and at most 1 of the 2 texts; lower min_df or raise max_df"
    )


def test_item_that_is_no_text_is_refused():
    assert message(["cat", 3]) == "a text is needed, this is a int (rows 1); read the source with the modality 'text'"
