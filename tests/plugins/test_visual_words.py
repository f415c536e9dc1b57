import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from asterism.plugins.visual_words import counts, fisher, learn_words, nearest_words, sample_of, spreads, vlad

RANDOM = np.random.default_rng(0)
BLOBS = (RANDOM.normal(size=(300, 4)) * 0.2 + 5 * np.eye(4)[np.arange(300) % 4]).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(6)), most=st.sampled_from([10, 60, 1000]))
def test_the_sample_does_not_depend_on_the_order_of_things(order, most):
    things = [BLOBS[50 * place : 50 * place + 10 * place] for place in range(6)]
    assert np.array_equal(sample_of(things, 0, most), sample_of([things[place] for place in order], 0, most))
    assert len(sample_of(things, 0, most)) <= most


def test_nothing_gives_an_empty_sample():
    assert sample_of([np.zeros((0, 4), np.float32)], 0).shape == (0, 0)


def test_words_are_the_middles_of_what_lies_together():
    words = learn_words(sample_of([BLOBS], 0), 4, 0)
    assert np.array_equal(np.sort(words.argmax(axis=1)), np.arange(4))
    assert np.abs(words[words.argmax(axis=1).argsort()] - 5 * np.eye(4)).max() < 0.2
    assert len(learn_words(BLOBS[:3], 10, 0)) == 3


def test_vectors_are_counted_by_their_nearest_words():
    words = 5 * np.eye(4, dtype=np.float32)
    assert nearest_words(BLOBS[:8], words).tolist() == [0, 1, 2, 3] * 2
    assert counts(BLOBS, words).tolist() == [75.0] * 4
    assert counts(BLOBS[:0], words).tolist() == [0.0] * 4


def test_vlad_sums_up_differences():
    words = np.zeros((2, 2), np.float32)
    words[1] = 10
    rows = np.array([[1, 0], [0, -4], [10, 10]], np.float32)
    expected = np.array([1, -2, 0, 0]) / np.sqrt(5)
    np.testing.assert_allclose(vlad(rows, words), expected)


def test_fisher_is_the_gradient_of_a_mixture():
    words = learn_words(BLOBS, 4, 0)
    variances, shares = spreads(BLOBS, words)
    mixture = GaussianMixture(4, covariance_type="diag")
    mixture.weights_, mixture.means_, mixture.covariances_ = shares, words.astype(float), variances.astype(float)
    mixture.precisions_cholesky_ = 1 / np.sqrt(variances.astype(float))
    some = BLOBS[:40] + 0.3
    posteriors = mixture.predict_proba(some)  # blobs lie so far apart that these are 0 or 1
    away = (some[:, None] - words[None]) / np.sqrt(variances)[None]
    first = (posteriors[..., None] * away).sum(0) / (40 * np.sqrt(shares)[:, None])
    second = (posteriors[..., None] * (away**2 - 1)).sum(0) / (40 * np.sqrt(2 * shares)[:, None])
    row = np.concatenate([first, second]).ravel()
    row = np.sign(row) * np.sqrt(np.abs(row))
    np.testing.assert_allclose(fisher(some, words, variances, shares), row / np.linalg.norm(row), rtol=1e-4, atol=1e-6)
