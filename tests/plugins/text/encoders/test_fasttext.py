"""The encoder `fasttext`: words composed of their runs of characters, hashed as gensim does."""

import numpy as np
import pytest
from gensim.models.fasttext import ft_ngram_hashes
from gensim.models.fasttext_inner import ft_hash_bytes
from hypothesis import given
from hypothesis import strategies as st

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.framework.testing.data import sentences
from asterism.plugins.text.encoders.fasttext import FastText
from asterism.plugins.text.subwords import buckets_of

SMALL = {"vector_size": 12, "min_count": 1, "sample": 0, "bucket": 5000}


@pytest.fixture(scope="module")
def encoder():
    return FastText(**SMALL).fit(Records.of(sentences()))


@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=12), min_size=1, max_size=5), st.integers(1, 4), st.integers(0, 4)
)
def test_runs_are_hashed_as_in_gensim(words, shortest, more):
    starts, buckets = buckets_of(words, shortest, shortest + more, 1000)
    for word, begin, end in zip(words, starts, starts[1:], strict=False):
        assert sorted(buckets[begin:end]) == sorted(ft_ngram_hashes(word, shortest, shortest + more, 1000))


def test_half_of_a_surrogate_pair_is_hashed_by_its_bytes():
    _, buckets = buckets_of(["\ud800"], 3, 3, 1000)
    assert buckets.tolist() == [ft_hash_bytes("<\ud800>".encode("utf-8", "surrogatepass")) % 1000]


def mean_of_runs(encoder, word):
    """Look the runs of a word up one by one."""
    vector_of = dict(zip(encoder.buckets_.tolist(), encoder.bucket_vectors_.astype(float), strict=True))
    runs = ft_ngram_hashes(word, encoder.min_n, encoder.max_n, encoder.bucket)
    return np.mean([vector_of[run] for run in runs if run in vector_of], axis=0)


def test_unknown_word_is_the_mean_of_its_runs_that_occurred(encoder):
    assert "moonlight" not in encoder.words_
    encoder = FastText(**SMALL, pooling="mean").fit(Records.of(sentences()))
    np.testing.assert_allclose(encoder.transform(["moonlight"])[0], mean_of_runs(encoder, "moonlight"), atol=1e-6)
    both = (mean_of_runs(encoder, "moonlight") + encoder.vectors_[encoder.words_.index("moon")]) / 2
    np.testing.assert_allclose(encoder.transform(["moonlight moon"])[0], both, atol=1e-6)


def test_unknown_word_can_be_asked_for_its_like(encoder):
    assert encoder.most_similar("moonlight", n=3)
    assert encoder.similarity("observatories", "observatory") > encoder.similarity("observatories", "tide")


def test_known_word_is_made_of_itself_and_of_its_runs():
    # Rounds that change next to nothing leave the starting values, of which the word's own is a part.
    encoder = FastText(**SMALL | {"alpha": 1e-12, "min_alpha": 0.0}).fit(Records.of(sentences()))
    start = (np.random.default_rng(np.random.SeedSequence(0)).random((len(encoder.words_), 12), np.float32) * 2 - 1) / 12
    code = encoder.words_.index("moon")
    n_runs = len(ft_ngram_hashes("moon", 3, 6, 5000))
    expected = (start[code] + n_runs * mean_of_runs(encoder, "moon")) / (n_runs + 1)
    np.testing.assert_allclose(encoder.vectors_[code], expected, atol=1e-6)


def test_word_without_a_run_that_occurred_is_unknown():
    encoder = FastText(**SMALL | {"bucket": 2_000_000}).fit(Records.of(sentences()))  # in few buckets, strange runs meet known ones
    found = []
    with problems_to(found.append):
        rows = encoder.transform(["zzzzqqq", "moon"])
    assert [problem.rows for problem in found] == [(0,)]
    assert not rows[0].any()
    with pytest.raises(DataError, match=r"^the word 'zzzzqqq' is not known; none that is known is spelled like it$"):
        encoder.most_similar("zzzzqqq")


def test_words_too_short_for_any_run_are_learned_as_they_are():
    encoder = FastText(**SMALL | {"min_n": 6}).fit(Records.of(["sun sky sun sky"]))
    assert len(encoder.buckets_) == 0
    assert not encoder.transform(["moonlight"]).any()


def test_runs_from_long_to_short_are_refused():
    with pytest.raises(DataError) as refused:
        FastText(**SMALL | {"min_n": 5, "max_n": 4}).fit(Records.of(sentences()))
    assert str(refused.value) == "runs must go from short to long (got min_n=5, max_n=4); swap the two"


@pytest.mark.parametrize("algorithm", ["skip-gram", "cbow"])
def test_same_seed_gives_the_same_bits(algorithm):
    one, other = (FastText(**SMALL, algorithm=algorithm).fit(Records.of(sentences())) for _ in range(2))
    assert one.vectors_.tobytes() == other.vectors_.tobytes()
    assert one.bucket_vectors_.tobytes() == other.bucket_vectors_.tobytes()
