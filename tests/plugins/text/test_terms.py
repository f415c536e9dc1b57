"""Cutting texts into terms, against scikit-learn's analyzers: one text at a time, and all at once."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from asterism.framework import DataError
from asterism.plugins.text import counting
from asterism.plugins.text.counting import count_terms
from asterism.plugins.text.encoders.bag_of_words import BagOfWords
from asterism.plugins.text.terms import WORD

RANGES = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(sorted).map(tuple)
SIGNS = "aB b_1'ß.\n\t\x1fİΣ\u2014\u0301\u4e2d\u6587\U0001f600\U0001d7d8\ud800\udc00\x00"
TEXTS = st.lists(st.one_of(st.text(), st.text(SIGNS, max_size=30)), min_size=1, max_size=4)
IN_BULK = st.sampled_from([0, 2**12])
"""From how many characters on texts are cut all at once: always, or never where they are as short as here."""


def terms(texts, bulk, at_once=2**22, **settings):
    """Count the terms of each text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "BULK", bulk)
        patch.setattr(counting, "CHARACTERS_AT_ONCE", at_once)
        counts = count_terms(texts, BagOfWords(**settings)._rule())
    names = counts.terms.names(np.arange(len(counts.terms)))
    table = counts.matrix(np.arange(len(names)), len(names)).tocoo()
    found = [Counter() for _ in texts]
    for row, column, times in zip(table.row, table.col, table.data, strict=True):
        assert names[column] not in found[row], "a term has one column"
        found[row][names[column]] = times
    return found


def terms_of_peer(texts, **settings):
    analyze = CountVectorizer(**settings).build_analyzer()
    return [Counter(analyze(text)) for text in texts]


@given(TEXTS, st.sampled_from(["word", "char", "char_wb"]), RANGES, st.booleans(), IN_BULK, st.sampled_from([3, 2**22]))
def test_terms_are_those_of_scikit_learn(texts, analyzer, ngram_range, lowercase, bulk, at_once):
    settings = {"analyzer": analyzer, "ngram_range": ngram_range, "lowercase": lowercase}
    assert terms(texts, bulk, at_once, **settings) == terms_of_peer(texts, **settings)


@given(TEXTS, RANGES, st.sets(st.sampled_from(["ab", "b_1", "bb", "a"])), IN_BULK)
def test_stop_words_leave_before_runs_are_formed(texts, ngram_range, stop_words, bulk):
    settings = {"ngram_range": ngram_range, "stop_words": sorted(stop_words)}
    assert terms(texts, bulk, **settings) == terms_of_peer(texts, **settings)


@given(TEXTS, st.sampled_from([r"\w+", r"(?u)\b\w+\b", r"#(\w)", r"[^\s]+", "[a-z ]+"]), RANGES)
def test_own_pattern_says_what_a_word_is(texts, pattern, ngram_range):
    settings = {"token_pattern": pattern, "ngram_range": ngram_range}
    assert terms(texts, 0, **settings) == terms_of_peer(texts, **settings)


@given(TEXTS, st.sampled_from([{}, {"token_pattern": "[a-z ]+"}, {"analyzer": "char"}]), RANGES)
def test_terms_are_ordered_by_their_names(texts, settings, ngram_range):
    counts = count_terms(texts, BagOfWords(ngram_range=ngram_range, **settings)._rule())
    ordered = counts.terms.names(counts.terms.in_order(np.arange(len(counts.terms))))
    assert ordered == sorted(ordered)


def test_long_runs_are_ordered_by_their_names():
    texts = [" ".join(f"w{number}" for number in np.random.default_rng(0).integers(0, 40, 200))]
    counts = count_terms(texts, BagOfWords(ngram_range=(1, 13))._rule())  # more than one number holds
    ordered = counts.terms.names(counts.terms.in_order(np.arange(len(counts.terms))))
    assert ordered == sorted(ordered)


def test_words_of_texts_in_ascii_and_others_are_the_same():
    wide, plain = {"the": 2, "élan": 1, "of": 1, "cat": 1, "naïve": 1}, {"the": 1, "cat": 1, "of": 1}
    texts = ["the élan of the cat \u2014 naïve", "the cat of"]
    assert terms([*texts, *texts], 0) == [wide, plain, wide, plain]


def message(**settings):
    with pytest.raises(DataError) as caught:
        terms(["some text"], 0, **settings)
    return str(caught.value)


def test_settings_that_contradict_each_other_are_refused():
    assert message(ngram_range=(3, 1)) == "ngram_range must run from short to long (got 3, 1); write [1, 3]"
    assert message(analyzer="char", stop_words=("a",)) == (
        "stop_words are words, the terms of analyzer 'char' are not; leave stop_words out"
    )
    assert message(analyzer="char", stem="english") == "stem is for words, the terms of analyzer 'char' are not; leave stem out"
    assert message(analyzer="char_wb", tokenizer="jieba") == (
        "tokenizer 'jieba' gives words, the terms of analyzer 'char_wb' are none; leave one of the two out"
    )


def test_broken_pattern_is_refused():
    assert message(**{"token_pattern": "("}) == (
        "token_pattern is no regular expression: missing ), unterminated subpattern at position 0; "
        "leave it out to take words of two letters or more"
    )
    assert message(**{"token_pattern": "(a)(b)"}) == "token_pattern has 2 groups, one at most can be the word; write (?:...) for the others"


def test_word_code_of_the_default_pattern_is_what_is_cut_fast():
    assert BagOfWords()._rule().cutting.in_bulk is not None
    assert BagOfWords(**{"token_pattern": WORD + "|x"})._rule().cutting.in_bulk is None


def test_subwords_are_each_word_whole_and_its_runs_of_characters():
    from asterism.plugins.text.encoders.bag_of_words import BagOfWords

    settings = {"analyzer": "subword", "ngram_range": (3, 3), "stop_words": ("and",), "norm": None}
    encoder = BagOfWords(**settings)
    counts = encoder.fit_transform(["Card and car", "cards, cards"])
    assert encoder.terms_ == [" ca", " car ", " card ", " cards ", "ar ", "ard", "car", "ds ", "rd ", "rds"]
    assert counts.toarray().tolist() == [[2, 1, 1, 0, 1, 1, 2, 0, 1, 0], [2, 0, 0, 2, 0, 2, 2, 2, 0, 2]]
    many = ["Card and car"] * 30_000  # more than a few, which take another way
    assert (encoder.transform(many).toarray()[[0, -1]] == counts.toarray()[0]).all()
    assert (BagOfWords(**settings).fit_transform(many)[0].toarray() == [[2, 1, 1, 1, 1, 2, 1]]).all()
