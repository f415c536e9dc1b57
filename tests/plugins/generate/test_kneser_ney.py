"""The array model against a plain one, and the laws of probability."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from asterism.plugins.generate.kneser_ney import fit_grams, probabilities

N_WORDS = 4
END, SIZE = N_WORDS, N_WORDS + 1

corpora = st.lists(st.lists(st.integers(0, N_WORDS - 1), max_size=8), min_size=1, max_size=12)
orders = st.integers(1, 5)


def stream_of(texts, end=END):
    ended = [[*text, end] for text in texts]
    return np.array([token for text in ended for token in text]), np.cumsum([0, *map(len, ended)])[:-1]


def model_of(texts, order):
    return fit_grams(*stream_of(texts), order, SIZE)


def distribution(grams, context):
    """Probabilities of every token after `context`, which starts a text."""
    stream, starts = stream_of([[*context, token] for token in range(SIZE)])
    return probabilities(stream, starts, grams, SIZE)[starts + len(context)]


@given(corpora, orders, st.lists(st.integers(0, N_WORDS - 1), max_size=6))
def test_probabilities_after_any_context_seen_or_not_sum_to_one(texts, order, context):
    after = distribution(model_of(texts, order), context)
    np.testing.assert_allclose(after.sum(), 1, atol=1e-12)
    assert after.min() > 0


@settings(max_examples=40, deadline=None)  # the plain model is slow
@given(corpora, orders, st.lists(st.integers(0, N_WORDS - 1), max_size=6))
def test_small_corpora_get_the_probabilities_of_a_plain_implementation(plain_kneser_ney, texts, order, context):
    plain = plain_kneser_ney(texts, order, set(range(N_WORDS)))
    padded = ["<start>"] * (order - 1) + context
    expected = [plain.probability(token, padded) for token in [*range(N_WORDS), "<end>"]]
    np.testing.assert_allclose(distribution(model_of(texts, order), context), expected, rtol=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_estimated_discounts_and_probabilities_equal_those_of_a_plain_implementation(plain_kneser_ney, order):
    rng = np.random.default_rng(order)
    texts = [[int(word) for word in rng.zipf(1.5, size=rng.integers(1, 30)) if word <= 60] for _ in range(150)]
    stream, starts = stream_of(texts, end=61)
    grams = fit_grams(stream, starts, order, 62)
    plain = plain_kneser_ney(texts, order, set(range(61)))
    for length, level in enumerate(grams, 1):
        np.testing.assert_allclose(level.discounts, list(plain.discounts[length].values()), rtol=1e-12)
    assert order == 1 or [*grams[-1].discounts] != [0.5, 1.0, 1.5]
    unseen = [[int(word) for word in rng.integers(0, 61, size=6)] for _ in range(3)]
    stream, starts = stream_of(texts[:5] + unseen, end=61)
    given_ = probabilities(stream, starts, grams, 62)
    expected = [plain.probability(token, context) for text in texts[:5] + unseen for token, context in _steps(text, order)]
    np.testing.assert_allclose(given_, expected, rtol=1e-9)


def test_discounts_of_a_corpus_that_defines_none_are_the_documented_ones():
    assert all([*level.discounts] == [0.5, 1.0, 1.5] for level in model_of([[0, 1, 2]], 3))


def test_lower_orders_count_contexts_and_not_occurrences():
    # 1 stands three times but always after 0; 2 stands twice, after two different tokens: alone, 2 is the more likely
    grams = model_of([[0, 1], [0, 1], [0, 1], [3, 2], [2]], 2)
    unigrams = probabilities(np.array([1, 2]), np.array([0, 1]), grams[:1], SIZE)
    assert unigrams[0] < unigrams[1]


def test_order_above_every_text_length_works():
    after = distribution(model_of([[0], [1, 2]], 9), [0])
    assert after.argmax() == END


@given(hnp.arrays(np.int64, st.integers(1, 60), elements=st.integers(0, N_WORDS - 1)), orders)
def test_tokens_numbered_by_table_and_by_sorting_get_the_same_model(tokens, order):
    stream, starts = stream_of([tokens.tolist()])
    by_table = fit_grams(stream, starts, order, SIZE)
    wide = 10**6  # so many possible keys that they are sorted
    by_sorting = fit_grams(np.where(stream == END, wide - 1, stream * 1000), starts, order, wide)
    for small, large in zip(by_table, by_sorting, strict=True):
        np.testing.assert_array_equal(small.masses, large.masses)
        np.testing.assert_array_equal(small.backoffs, large.backoffs)


def _steps(text, order):
    padded = ["<start>"] * (order - 1) + text
    for place, token in enumerate([*text, "<end>"]):
        yield token, padded[: place + order - 1]
