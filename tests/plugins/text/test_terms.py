"""Cutting texts into terms, against scikit-learn's analyzers."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from asterism.framework import DataError
from asterism.plugins.text.terms import WORD, term_rule

RANGES = st.tuples(st.integers(1, 4), st.integers(1, 4)).map(sorted).map(tuple)
TEXTS = st.one_of(st.text(), st.text("aB b_1'ß.\n\t\x1fİ", max_size=30))


def terms(text, analyzer="word", ngram_range=(1, 1), lowercase=True, token_pattern=WORD, stop_words=()):
    rule = term_rule(analyzer, ngram_range, lowercase, token_pattern, stop_words)
    return Counter(term for term in rule.split(text) if rule.is_term(term))


@given(TEXTS, st.sampled_from(["word", "char", "char_wb"]), RANGES, st.booleans())
def test_terms_are_those_of_scikit_learn(text, analyzer, ngram_range, lowercase):
    peer = CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, lowercase=lowercase).build_analyzer()
    assert terms(text, analyzer, ngram_range, lowercase) == Counter(peer(text))


@given(TEXTS, RANGES, st.sets(st.sampled_from(["ab", "b_1", "bb", "a"])))
def test_stop_words_leave_before_runs_are_formed(text, ngram_range, stop_words):
    peer = CountVectorizer(ngram_range=ngram_range, stop_words=sorted(stop_words)).build_analyzer()
    assert terms(text, ngram_range=ngram_range, stop_words=stop_words) == Counter(peer(text))


@given(TEXTS, st.sampled_from([r"\w+", r"(?u)\b\w+\b", r"#(\w)", r"[^\s]+"]))
def test_own_pattern_says_what_a_word_is(text, pattern):
    peer = CountVectorizer(token_pattern=pattern).build_analyzer()
    assert terms(text, token_pattern=pattern) == Counter(peer(text))


def message(**settings):
    with pytest.raises(DataError) as caught:
        terms("some text", **settings)
    return str(caught.value)


def test_settings_that_contradict_each_other_are_refused():
    assert message(ngram_range=(3, 1)) == "ngram_range must run from short to long (got 3, 1); write [1, 3]"
    assert message(analyzer="char", stop_words=("a",)) == (
        "stop_words are words, the terms of analyzer 'char' are not; leave stop_words out"
    )


def test_broken_pattern_is_refused():
    assert message(**{"token_pattern": "("}) == (
        "token_pattern is no regular expression: missing ), unterminated subpattern at position 0; "
        "leave it out to take words of two letters or more"
    )
    assert message(**{"token_pattern": "(a)(b)"}) == "token_pattern has 2 groups, one at most can be the word; write (?:...) for the others"
