"""The encoder `hashing`, against scikit-learn's `HashingVectorizer`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from asterism.framework import DataError, Records
from asterism.plugins.text import counting, few
from asterism.plugins.text.encoders import hashing
from asterism.plugins.text.encoders.hashing import Hashing

PETS = ["The cat sat on the mat", "the dog sat", "A dog, a cat, a mouse", "mouse mouse mouse cheese", "naïve Élan of the cat"]
WORDS = st.sampled_from(["the", "of", "cat", "dog", "mouse", "Mouse", "élan", "don't", "x", "ab", "42", "and", "cheese"])
TEXTS = st.one_of(st.lists(WORDS, max_size=12).map(" ".join), st.text(max_size=20))
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "n_features": st.sampled_from([1, 2, 7, 2**10, 2**20]),
        "alternate_sign": st.booleans(),
        "norm": st.sampled_from(["l1", "l2", None]),
        "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 3)]),
        "analyzer": st.sampled_from(["word", "char", "char_wb"]),
        "lowercase": st.booleans(),
        "token_pattern": st.sampled_from([r"(?u)\b\w\w+\b", r"\S+", r"(?u)\b(\w)\w*"]),
    },
)


def peer_of(settings):
    return HashingVectorizer(dtype=np.float32, **{"n_features": 2**18} | settings)


def assert_same(ours, theirs):
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape
    assert ours.has_sorted_indices
    theirs.sort_indices()
    assert ours.indptr.tolist() == theirs.indptr.tolist()
    assert ours.indices.tolist() == theirs.indices.tolist()
    np.testing.assert_allclose(ours.data, theirs.data, rtol=2e-7)  # they add up the squares in another precision


@given(st.lists(TEXTS, min_size=1, max_size=12), SETTINGS)
def test_numbers_are_those_of_scikit_learn(texts, settings):
    pattern = {"token_pattern": None} if settings.get("analyzer", "word") != "word" else {}
    theirs = peer_of(settings | pattern)
    assert_same(Hashing(**settings).transform(texts), theirs.transform(texts))


@pytest.mark.parametrize("stop_words", ["english", ("the", "cat")])
def test_stop_words_are_left_out(stop_words):
    theirs = peer_of({"stop_words": stop_words if isinstance(stop_words, str) else list(stop_words)})
    assert_same(Hashing(stop_words=stop_words).transform(PETS), theirs.transform(PETS))


def test_stop_words_of_a_list_are_taken_too():
    assert (Hashing(stop_words=["the"]).transform(PETS) != Hashing(stop_words=("the",)).transform(PETS)).nnz == 0


@given(st.lists(TEXTS, max_size=12))
def test_row_does_not_depend_on_its_neighbours(texts):
    whole = Hashing(n_features=50).transform(texts).toarray()
    alone = [Hashing(n_features=50).transform([text]).toarray()[0] for text in texts]
    assert np.array_equal(whole, np.array(alone).reshape(-1, 50))


def test_terms_that_share_a_column_cancel_out_without_a_division_by_zero():
    plus, minus = (next(word for word in PETS[0].lower().split() if (murmurhash3_32(word) < 0) == negative) for negative in (False, True))
    assert Hashing(n_features=1).transform([f"{plus} {minus}", plus]).toarray().tolist() == [[0], [1]]


def test_hash_without_an_opposite_is_placed_as_by_scikit_learn():
    least = np.array([-(2**31)])  # of no word that is known
    columns, signs = Hashing(n_features=7)._place(least)
    assert (columns.tolist(), signs.tolist()) == ([2], [-1])  # 2**31 % 7, as there


def test_nothing_is_learned():
    encoder = Hashing()
    assert encoder.is_stateless
    encoder.fit_transform(Records.of(PETS, modality="text"))
    assert vars(encoder) == vars(Hashing())


def test_forgotten_hashes_are_worked_out_again(monkeypatch):
    whole = Hashing().transform(PETS)
    monkeypatch.setattr(few, "CODES_KEPT", 3)
    hashing._kept_hashes.cache_clear()
    assert (Hashing().transform(PETS) != whole).nnz == 0
    assert len(hashing._kept_hashes(Hashing()._rule())) <= 3


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@pytest.mark.parametrize("ngram_range", [(1, 1), (2, 3)])
def test_many_texts_are_hashed_as_few_are(monkeypatch, analyzer, ngram_range):
    texts, encoder = [*PETS, "", "half \ud800 a pair", "a  b"], Hashing(analyzer=analyzer, ngram_range=ngram_range, n_features=40)
    some = encoder.transform(texts)
    monkeypatch.setattr(few, "FEW", 0)
    assert_same(encoder.transform(texts), some)


def test_long_corpora_are_added_up_in_parts(monkeypatch):
    whole = Hashing().transform(PETS)
    monkeypatch.setattr(few, "FEW", 0)
    monkeypatch.setattr(counting, "CHARACTERS_AT_ONCE", 4)
    parts = Hashing().transform(PETS)
    assert parts.shape == whole.shape
    assert (parts != whole).nnz == 0


def test_half_of_a_surrogate_pair_is_hashed_like_any_sign():
    assert Hashing(analyzer="char").transform(["a\ud800", "a"]).getnnz(axis=1).tolist() == [2, 1]
    assert Hashing(**{"token_pattern": r"\S+"}).transform(["a\ud800", "a"]).getnnz(axis=1).tolist() == [1, 1]


def test_texts_without_a_term_are_reported(caplog):
    assert Hashing(n_features=4).transform(["cat", "", "?"]).getnnz(axis=1).tolist() == [1, 0, 0]
    assert caplog.messages == ["rows of zeros, because the text holds no term"]


def test_no_text_gives_no_row():
    assert Hashing().transform([]).shape == (0, 2**18)


def test_item_that_is_no_text_is_refused():
    with pytest.raises(DataError) as caught:
        Hashing().transform(["cat", 3])
    assert str(caught.value) == "a text is needed, this is a int (rows 1); read the source with the modality 'text'"
