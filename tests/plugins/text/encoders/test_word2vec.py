"""The encoder `word2vec`, and what all encoders by word vectors do, against gensim and against sums written out."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from gensim.models import KeyedVectors

from asterism.framework import DataError, Records
from asterism.framework.problems import problems_to
from asterism.framework.testing.data import sentences
from asterism.plugins.text import word_vectors
from asterism.plugins.text.encoders.word2vec import Word2Vec

SMALL = {"vector_size": 12, "min_count": 1, "sample": 0, "epochs": 20}
SKY, KITCHEN = ["sun", "moon", "star", "sky", "comet", "cloud"], ["bread", "oven", "flour", "pan", "honey", "salt"]


def two_worlds():
    """Write 200 texts of five words each, of one of two subjects that share no word."""
    random = np.random.default_rng(0)
    return [" ".join(random.choice(world, 5)) for world in (SKY, KITCHEN) for _ in range(100)]


def fitted(texts, **settings):
    return Word2Vec(**SMALL | settings).fit(Records.of(texts))


@pytest.fixture(scope="module")
def encoder():
    return fitted(sentences())


def weighted_mean(encoder, words):
    """Write the paper's formula out in float64, word by word."""
    share = dict(zip(encoder.words_, encoder.counts_ / encoder.counts_.sum(), strict=True))
    vectors = dict(zip(encoder.words_, encoder.vectors_.astype(float), strict=True))
    return np.mean([vectors[word] * encoder.a / (encoder.a + share[word]) for word in words], axis=0)


@pytest.mark.parametrize("algorithm", ["skip-gram", "cbow"])
def test_words_with_like_neighbours_lie_near_each_other(algorithm):
    encoder = fitted(two_worlds(), algorithm=algorithm, alpha=0.1)
    assert {word for word, _ in encoder.most_similar("sun", n=5)} == {*SKY} - {"sun"}
    assert encoder.similarity("bread", "oven") > 0.5 > encoder.similarity("bread", "moon")


def test_words_stand_by_frequency_and_then_by_alphabet():
    encoder = fitted(["oak elm elm", "fir oak elm ash"])
    assert encoder.words_ == ["elm", "oak", "ash", "fir"]
    assert encoder.counts_.tolist() == [3, 2, 1, 1]
    assert encoder.vectors_.shape == (4, 12)
    assert encoder.vectors_.dtype == np.float32


def test_row_is_the_weighted_mean_of_the_words_less_the_common_direction(encoder):
    means = np.array([weighted_mean(encoder, text.split()) for text in map(_without_short, sentences())])
    common = np.linalg.svd(means)[2][0]
    expected = means - np.outer(means @ common, common)
    np.testing.assert_allclose(encoder.transform(sentences()), expected, atol=1e-6)


def _without_short(text):
    return " ".join(word for word in text.split() if len(word) > 1)


def test_pooling_by_the_mean_is_the_mean():
    encoder = fitted(sentences(), pooling="mean")
    places = [encoder.words_.index(word) for word in ("pale", "moon", "pale")]
    np.testing.assert_allclose(encoder.transform(["pale moon pale"])[0], encoder.vectors_[places].mean(axis=0), atol=1e-6)
    assert not encoder.component_.any()


@pytest.mark.parametrize("texts", [["sun moon star"], ["sun moon star"] * 5])
def test_texts_that_all_point_one_way_are_not_taken_away(texts):
    encoder = fitted(texts)
    assert not encoder.component_.any()
    assert np.abs(encoder.transform(texts)).max() > 1e-4


def test_blocks_of_texts_give_the_rows_of_one(encoder, monkeypatch):
    whole = encoder.transform([*sentences(), "unknown", ""])
    monkeypatch.setattr(word_vectors, "TEXTS_AT_ONCE", 7)
    found = []
    with problems_to(found.append):
        blocks = encoder.transform([*sentences(), "unknown", ""])
    assert np.array_equal(blocks, whole)
    assert [problem.rows for problem in found] == [(30, 31)]


def test_text_without_a_known_word_is_a_row_of_zeros_and_reported(encoder):
    found = []
    with problems_to(found.append):
        rows = encoder.transform(["the moon", "", "quantum", "a"])
    assert rows.any(axis=1).tolist() == [True, False, False, False]
    assert [(problem.message, problem.rows) for problem in found] == [("rows of zeros, because no word of the text is known", (1, 2, 3))]


def test_no_texts_give_no_rows(encoder):
    assert encoder.transform([]).shape == (0, 12)


def test_same_seed_gives_the_same_bits_in_another_process_with_other_hashes(encoder):
    program = (
        "from asterism.framework import Records; from asterism.framework.testing.data import sentences;"
        "from asterism.plugins.text.encoders.word2vec import Word2Vec;"
        f"print(Word2Vec(**{SMALL}).fit(Records.of(sentences())).vectors_.tobytes().hex())"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
        )
        assert done.stdout.strip() == encoder.vectors_.tobytes().hex()
    assert fitted(sentences(), random_state=1).vectors_.tobytes() != encoder.vectors_.tobytes()


def test_fit_starts_no_thread():
    before = threading.active_count()
    fitted(["sun moon"])
    assert threading.active_count() == before


def test_columns_have_no_names(encoder):
    assert not hasattr(encoder, "get_feature_names_out")


def test_nearest_words_and_file_are_those_of_gensim(encoder, tmp_path):
    encoder.save_word2vec(tmp_path / "vectors.txt")
    peer = KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt"))
    assert peer.index_to_key == encoder.words_
    assert np.array_equal(peer.vectors, encoder.vectors_)
    for positive, negative in ((["moon"], []), (["moon", "comet"], ["harbour"]), (["honey"], ["tide", "rye"])):
        found, expected = encoder.most_similar(positive, negative, 5), peer.most_similar(positive, negative, 5)
        assert [word for word, _ in found] == [word for word, _ in expected]
        np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in expected], atol=1e-6)
    assert encoder.similarity("moon", "comet") == pytest.approx(peer.similarity("moon", "comet"), abs=1e-6)


def test_one_word_may_be_asked_for_without_a_list(encoder):
    assert encoder.most_similar("moon", n=2) == encoder.most_similar(["moon"], n=2)


def test_analogy_asks_for_what_is_to_c_as_b_is_to_a(encoder):
    assert encoder.analogy("moon", "comet", "whale", 3) == encoder.most_similar(["comet", "whale"], ["moon"], 3)


def test_unknown_word_is_refused_with_those_spelled_like_it(encoder):
    with pytest.raises(DataError) as refused:
        encoder.most_similar("moonn")
    assert str(refused.value) == "the word 'moonn' is not known; known and spelled like it: 'moon', 'spoon'"
    with pytest.raises(DataError) as refused:
        encoder.similarity("moon", "12345")
    assert str(refused.value) == "the word '12345' is not known; none that is known is spelled like it"


def test_question_without_a_word_is_refused(encoder):
    with pytest.raises(DataError) as refused:
        encoder.most_similar([])
    assert str(refused.value) == "there is no word to compare with; pass one at least"


@pytest.mark.parametrize(
    ("pattern", "text", "shown"),
    [
        (r"\w+ \w+", "sun moon, sun moon", "'sun moon'"),
        (r"\S+", "sun a\ud800b sun", r"'a\ud800b'"),
        (r"\w*", "sun moon", "''"),
    ],
)
def test_word_that_the_file_format_has_no_room_for_is_refused(pattern, text, shown, tmp_path):
    encoder = fitted([text], token_pattern=pattern)
    with pytest.raises(DataError) as refused:
        encoder.save_word2vec(tmp_path / "vectors.txt")
    assert str(refused.value) == (
        f"1 words cannot be written, the first is {shown}: the format separates by blanks and is UTF-8; take another token_pattern"
    )
    assert not (tmp_path / "vectors.txt").exists()


def test_emoji_and_other_scripts_are_words_like_any():
    encoder = fitted(["🌙 звезда 🌙 月"], **{"token_pattern": r"\S+"})
    assert encoder.words_ == ["🌙", "звезда", "月"]


def test_vocabulary_of_one_word_is_learned():
    encoder = fitted(["sun sun sun"])
    assert encoder.words_ == ["sun"]
    assert np.isfinite(encoder.vectors_).all()
    assert encoder.most_similar("sun") == []


@pytest.mark.parametrize(
    ("texts", "settings", "message"),
    [
        (["", "?!"], {}, "the texts hold no word at all; look at the texts, at stop_words and at token_pattern"),
        (
            ["sun moon sun star sun moon"],
            {"min_count": 5},
            "none of the 3 words occurs min_count=5 times; lower min_count: 3 leaves 1, 2 leaves 2, 1 leaves 3",
        ),
        (
            ["sun", "moon", "sun oak"],
            {"min_count": 2},
            "no text holds two of the 1 known words, and a word is learned from those beside it; pass longer texts, or lower min_count",
        ),
        (["sun moon", 3], {}, "a text is needed, this is a int (rows 1); read the source with the modality 'text'"),
    ],
)
def test_texts_that_nothing_can_be_learned_from_are_refused(texts, settings, message):
    with pytest.raises(DataError) as refused:
        fitted(texts, **settings)
    assert str(refused.value) == message


def test_window_reaches_over_no_end_of_a_text():
    apart = fitted(["sun moon", "oak elm"] * 20, window=8, alpha=0.2)
    assert apart.similarity("sun", "moon") > apart.similarity("moon", "oak")
