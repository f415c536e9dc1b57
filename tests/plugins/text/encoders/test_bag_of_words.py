"""The encoder `bag_of_words`, against scikit-learn's `CountVectorizer`."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from asterism.framework import DataError, Records, dump_state, fit_by_sums, load_state
from asterism.plugins.text.encoders.bag_of_words import BagOfWords

PETS = ["The cat sat on the mat", "the dog sat", "A dog, a cat, a mouse", "mouse mouse mouse cheese", "naïve Élan of the cat"]
WORDS = st.sampled_from(["the", "of", "cat", "dog", "mouse", "Mouse", "élan", "don't", "x", "ab", "42", "and", "cheese"])
CORPORA = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=12)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "min_df": st.sampled_from([1, 2, 0.2]),
        "max_df": st.sampled_from([1.0, 0.8, 5]),
        "max_features": st.sampled_from([1, 3, 50]),
        "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 3)]),
        "analyzer": st.sampled_from(["word", "char", "char_wb"]),
        "lowercase": st.booleans(),
        "binary": st.booleans(),
    },
)


def records(texts):
    return Records.of(texts, modality="text")


def message(texts, **settings):
    with pytest.raises(DataError) as caught:
        BagOfWords(**settings).fit(records(texts))
    return str(caught.value)


@given(CORPORA, CORPORA, SETTINGS)
def test_numbers_are_those_of_scikit_learn(texts, more, settings):
    theirs = CountVectorizer(dtype=np.float32, **settings)
    try:
        expected = theirs.fit_transform(texts).toarray()
    except ValueError:
        assume(False)
    ours = BagOfWords(**settings)
    found = ours.fit_transform(records(texts))
    assert found.dtype == np.float32
    assert ours.terms_ == theirs.get_feature_names_out().tolist()
    assert np.array_equal(found.toarray(), expected)
    assert np.array_equal(ours.transform(more).toarray(), theirs.transform(more).toarray())


@given(CORPORA, st.integers(1, 12), SETTINGS)
def test_fit_by_sums_learns_what_the_fit_in_memory_learns(texts, size, settings):
    try:
        ours = BagOfWords(**settings).fit(records(texts))
    except DataError:
        assume(False)
    batches = [texts[start : start + size] for start in range(0, len(texts), size)]
    assert fit_by_sums(BagOfWords(**settings), batches).terms_ == ours.terms_


def test_rows_are_scaled_where_that_is_asked_for():
    assert BagOfWords(norm="l1").fit_transform(records(["cat cat dog mouse"])).toarray().tolist() == [[0.5, 0.25, 0.25]]


def test_vocabulary_of_one_word_is_one_column():
    assert BagOfWords().fit_transform(records(["cat", "cat cat"])).toarray().tolist() == [[1], [2]]


def test_texts_without_a_known_word_are_reported(caplog):
    encoder = BagOfWords().fit(records(["cat", "", "  \n", "cat"]))
    assert encoder.transform(["cat", "", " \t ", "dog"]).toarray().tolist() == [[1], [0], [0], [0]]
    assert caplog.messages == ["rows of zeros, because no term of the text is known"]


def test_texts_of_stop_words_only_are_refused():
    assert message(["the of", "and"], stop_words="english") == (
        "the texts hold no term at all; look at the texts, at stop_words, or try analyzer 'char'"
    )


def test_bound_that_leaves_nothing_is_answered_by_those_that_leave_something():
    texts = ["cat dog elk", "cat dog", "cat fox", "cat"]
    assert message(texts, min_df=9, max_df=2) == (
        "none of the 4 terms is in at least 9 and at most 2 of the 4 texts; lower min_df: 2 would leave 1 term, 1 would leave 3 terms"
    )


def test_language_without_stop_words_is_answered_by_those_there_are():
    assert message(["kat"], stop_words="dutch") == (
        "there are no stop words of the language 'dutch'; there are those of chinese, english, french, german, italian, portuguese, "
        "russian, spanish; give your own as a list of words"
    )


ODD = [
    "nul\x00byte and \x00",
    "half \ud800 of a pair",
    "cafe\u0301 has a mark",
    "\u0633\u0644\u0627\u0645 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 emoji",
    "\u4e2d\u6587",
]


@pytest.mark.parametrize("settings", [{}, {"ngram_range": (1, 2)}, {"analyzer": "char"}, {"analyzer": "char_wb", "ngram_range": (2, 3)}])
def test_odd_signs_are_counted_as_by_scikit_learn(settings):
    theirs = CountVectorizer(dtype=np.float32, **settings)
    expected = theirs.fit_transform(ODD * 60)  # enough to be cut all at once
    ours = BagOfWords(**settings)
    assert (ours.fit_transform(records(ODD * 60)) != expected).nnz == 0
    assert ours.terms_ == theirs.get_feature_names_out().tolist()


@pytest.mark.parametrize("settings", [{}, {"tokenizer": "subwords"}, {"tokenizer": "jieba"}, {"tokenizer": "spacy"}])
def test_odd_signs_stop_no_tokenizer(settings):
    encoder = BagOfWords(**settings)
    table = encoder.fit_transform(records(ODD))
    assert table.shape[0] == len(ODD)
    assert (encoder.transform(ODD) != table).nnz == 0


def test_halves_of_surrogate_pairs_are_saved_and_loaded():
    encoder = BagOfWords(analyzer="char").fit(records(ODD))
    loaded = BagOfWords(analyzer="char")
    load_state(loaded, *dump_state(encoder), resolve=None)
    assert "\ud800" in loaded.terms_
    assert (loaded.transform(ODD) != encoder.transform(ODD)).nnz == 0


def test_copies_of_one_line_are_counted_each():
    table = BagOfWords().fit_transform(["one cat saw one dog"] * 100_000)
    assert table.shape == (100_000, 4)
    assert table.sum(axis=0).tolist() == [[100_000, 100_000, 200_000, 100_000]]


def test_long_text_is_counted():
    table = BagOfWords(ngram_range=(1, 2)).fit_transform(["cats and dogs " * 400_000])
    assert table.toarray().tolist() == [[400_000, 400_000, 400_000, 400_000, 400_000, 399_999]]
