"""The encoder `tfidf`, against scikit-learn's `TfidfVectorizer`."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from asterism.framework import DataError, NotFittedError, Records, dump_state, fit_by_sums, load_state
from asterism.plugins.text import counting, few
from asterism.plugins.text.encoders.tfidf import Tfidf

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


def by_sums(encoder, texts, size):
    return fit_by_sums(encoder, [texts[start : start + size] for start in range(0, len(texts), size)])


def assert_learned_the_same(one, other):
    assert one.terms_ == other.terms_
    assert one.idf_.dtype == other.idf_.dtype
    assert one.idf_.tobytes() == other.idf_.tobytes()


@given(CORPORA, st.integers(1, 12), SETTINGS)
def test_fit_by_sums_learns_what_the_fit_in_memory_learns(texts, size, settings):
    try:
        ours = Tfidf(**settings).fit(records(texts))
    except DataError:
        assume(False)
    assert_learned_the_same(by_sums(Tfidf(**settings), texts, size), ours)


@pytest.mark.parametrize("fit", [lambda encoder, texts: encoder.fit(records(texts)), lambda encoder, texts: by_sums(encoder, texts, 1)])
@pytest.mark.parametrize(
    ("texts", "settings", "refusal"),
    [
        (["", " "], {}, "the texts hold no term at all; look at the texts, at stop_words, or try analyzer 'char'"),
        (
            ["cat dog", "cat"],
            {"min_df": 3},
            "none of the 2 terms is in at least 3 and at most 2 of the 2 texts; lower min_df: 2 would leave 1 term, 1 would leave 2 terms",
        ),
    ],
)
def test_both_fits_refuse_in_the_same_words(fit, texts, settings, refusal):
    with pytest.raises(DataError) as caught:
        fit(Tfidf(**settings), texts)
    assert str(caught.value) == refusal


@given(st.integers(1, 3000), st.integers(0, 9), st.integers(1, 60))
def test_fit_by_sums_keeps_the_same_of_equally_frequent_terms(max_features, seed, size):
    numbers = np.random.default_rng(seed).zipf(1.3, 1000)
    texts = [" ".join(f"w{number}" for number in part) for part in np.array_split(numbers, 60)]
    assert_learned_the_same(by_sums(Tfidf(max_features=max_features), texts, size), Tfidf(max_features=max_features).fit(records(texts)))


@given(CORPORA, st.integers(1, 12))
def test_fit_by_sums_leaves_out_stop_words(texts, size):
    ours = Tfidf(stop_words="english", min_df=0)
    assume(any(word not in ("the", "of", "and", "x") for text in texts for word in text.split()))
    assert_learned_the_same(by_sums(Tfidf(stop_words="english", min_df=0), texts, size), ours.fit(records(texts)))


def test_fit_by_sums_forgets_an_earlier_fit():
    encoder = Tfidf().fit(records(["some other words"]))
    assert_learned_the_same(by_sums(encoder, PETS, 2), Tfidf().fit(records(PETS)))


def test_summary_is_counts_by_term():
    assert Tfidf(max_features=9).summarize(["cat cat dog", "cat"]) == {
        "n_texts": 2,
        "texts_with": {"cat": 2, "dog": 1},
        "times": {"cat": 3, "dog": 1},
    }


def test_settings_that_contradict_each_other_are_refused_before_the_sums():
    with pytest.raises(DataError, match="ngram_range must run from short to long"):
        Tfidf(ngram_range=(2, 1)).begin([])


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


def test_another_fit_forgets_the_columns_of_the_one_before():
    encoder = Tfidf(norm=None).fit(records(["cat dog"]))
    assert encoder.transform(["dog"]).toarray().tolist() == [[0, 1]]
    encoder.fit(records(["dog elk"]))
    assert encoder.transform(["dog"]).toarray().tolist() == [[1, 0]]


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


@pytest.mark.parametrize("settings", [{}, {"ngram_range": (2, 3)}, {"analyzer": "char", "ngram_range": (1, 3)}, {"analyzer": "char_wb"}])
def test_long_corpora_are_added_up_in_parts(monkeypatch, settings):
    whole = Tfidf(**settings).fit_transform(records(PETS))
    monkeypatch.setattr(counting, "CHARACTERS_AT_ONCE", 4)
    assert (Tfidf(**settings).fit_transform(records(PETS)) != whole).nnz == 0


@given(CORPORA, SETTINGS)
def test_many_texts_are_encoded_as_few_are(texts, settings):
    encoder = Tfidf(**settings | {"min_df": 1, "max_df": 1.0, "ngram_range": (1, 2)}).fit(records(PETS))
    some = encoder.transform([*texts, "half \ud800 a pair"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", 0)
        assert np.array_equal(encoder.transform([*texts, "half \ud800 a pair"]).toarray(), some.toarray())


def test_changed_settings_count_at_once():
    encoder = Tfidf(norm=None).fit(records(["cat Dog", "dog"]))
    assert encoder.transform(["DOG"]).nnz == 1
    assert encoder.set_params(lowercase=False).transform(["DOG"]).nnz == 0


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
    assert caplog.messages == ["rows of zeros, because no term of the text is known"]


def bm25(texts, text, k1, b):
    """Weigh the words of a text as the formula says."""
    documents = [text.split() for text in texts]
    mean = sum(map(len, documents)) / len(documents)
    words = text.split()
    weights = {}
    for word in words:
        n, times = sum(word in document for document in documents), words.count(word)
        idf = np.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
        weights[word] = idf * times * (k1 + 1) / (times + k1 * (1 - b + b * len(words) / mean))
    return weights


@given(
    st.lists(st.lists(st.sampled_from(["cat", "dog", "elk"]), min_size=1).map(" ".join), min_size=1),
    st.sampled_from([0, 1.2, 3]),
    st.floats(0, 1),
)
def test_bm25_is_what_the_formula_says(texts, k1, b):
    encoder = Tfidf(weighting="bm25", k1=k1, b=b, norm=None)
    table = encoder.fit_transform(records(texts)).toarray()
    for text, row in zip(texts, table, strict=True):
        weights = bm25(texts, text, k1, b)
        np.testing.assert_allclose(row, [weights.get(term, 0) for term in encoder.terms_], rtol=1e-6)


@given(CORPORA, st.integers(1, 12))
def test_bm25_by_sums_and_row_by_row_is_that_of_the_whole(texts, size):
    texts = [*texts, "cat dog"]
    whole = Tfidf(weighting="bm25").fit(records(texts))
    summed = by_sums(Tfidf(weighting="bm25"), texts, size)
    assert_learned_the_same(summed, whole)
    assert summed.mean_length_ == whole.mean_length_
    together = whole.transform(texts).toarray()
    assert np.array_equal(together, [whole.transform([text]).toarray()[0] for text in texts])


def test_bm25_does_not_damp_twice():
    assert message(PETS, weighting="bm25", sublinear_tf=True) == (
        "sublinear_tf and bm25 both make repetition weigh less; leave out sublinear_tf, and lower k1 instead"
    )


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
        "none of the 2 terms is in at least 3 and at most 2 of the 2 texts; lower min_df: 2 would leave 1 term, 1 would leave 2 terms"
    )
    assert message(["cat", "cat"], max_df=0.5) == (
        "none of the 1 terms is in at least 1 and at most 1 of the 2 texts; raise max_df: 2 would leave 1 term"
    )


def test_item_that_is_no_text_is_refused():
    assert message(["cat", 3]) == "a text is needed, this is a int (rows 1); read the source with the modality 'text'"
