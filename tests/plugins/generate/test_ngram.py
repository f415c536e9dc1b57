"""The component: fit, generate, score, and what it says about bad input."""

import math
import re
import subprocess
import sys

import numpy as np
import pytest

from asterism.framework import DataError, NotFittedError, Pipeline, Records, Stage, dump_state, load_state
from asterism.framework.problems import problems_to
from asterism.plugins.generate.ngram import NGram

TEXTS = ["the cat sat on the mat", "the dog sat on the cat", "a dog and a cat", "the mat is on the dog", "so it is"]


@pytest.fixture
def model():
    return NGram().fit(Records.of(TEXTS))


def test_generated_texts_are_words_of_the_corpus_and_the_same_for_the_same_seed(model):
    made = model.generate(20)
    assert made == model.generate(20, random_state=0)
    assert made != model.generate(20, random_state=1)
    assert set(" ".join(made).split()) <= set(" ".join(TEXTS).split())


def test_fewer_texts_are_the_first_of_more(model):
    assert model.generate(5) == model.generate(20)[:5]


def test_prompts_are_continued_in_turn(model):
    made = model.generate(5, prompts=["the dog ", "xyzzy", ""])
    assert [text.split()[:1] for text in made[:2]] == [["the"], ["xyzzy"]]
    assert all(made[n].startswith("the dog") for n in (0, 3))
    assert made[4].startswith("xyzzy")


def test_no_prompts_is_no_items_to_continue(model):
    assert model.generate(2, prompts=[]) == model.generate(2)
    assert model.generate(0) == []


def test_characters_come_back_as_they_were():
    model = NGram(level="character", order=12).fit(Records.of(["tab\tand\nline  ends", "tab\tand\nline  ends"]))
    assert model.generate(1, prompts=["tab\tand\nli"]) == ["tab\tand\nline  ends"]


def test_unknown_tokens_are_never_generated():
    model = NGram(min_count=3).fit(Records.of(TEXTS))
    assert model.vocabulary_ == ["cat", "dog", "on", "the"]
    assert set(" ".join(model.generate(50)).split()) <= set(model.vocabulary_)


def test_cut_texts_are_reported():
    problems = []
    model = NGram(order=1, max_length=3).fit(Records.of(["a " * 500] * 3))
    with problems_to(problems.append):
        made = model.generate(4)
    assert made == ["a a a"] * 4
    assert [str(problem) for problem in problems] == ["generated texts were cut at max_length=3 tokens"]
    assert problems[0].count == 4


def test_score_of_a_batch_is_that_of_its_texts_one_by_one(model):
    texts = [*TEXTS, "", "an unseen text about the cat", "the " * 200]
    together = model.score(Records.of(texts))
    for row, text in enumerate(texts):
        alone = model.score([text])
        assert alone.log2_probabilities[0] == together.log2_probabilities[row]
        assert (alone.tokens[0], alone.unknown[0]) == (together.tokens[row], together.unknown[row])


def test_score_counts_ends_and_unknown_tokens(model):
    score = model.score(["the cat", "", "an unseen cat"])
    assert score.tokens.tolist() == [3, 1, 4]
    assert score.unknown.tolist() == [0, 0, 2]
    assert score.perplexity == pytest.approx(2 ** (-score.log2_probabilities.sum() / 8))


def test_score_equals_a_plain_implementation(model, plain_kneser_ney):
    plain = plain_kneser_ney([text.split() for text in TEXTS], 3, {*" ".join(TEXTS).split(), "unknown"})
    text, expected = ["<start>", "<start>", "the", "dog", "sat", "unknown", "<end>"], 0.0
    for place in range(2, len(text)):
        expected += math.log2(plain.probability(text[place], text[:place]))
    assert model.score(["the dog sat quietly"]).log2_probabilities[0] == pytest.approx(expected, rel=1e-9)


def test_score_of_nothing_is_empty(model):
    score = model.score([])
    assert len(score.log2_probabilities) == len(score.tokens) == len(score.unknown) == 0
    assert score.perplexity == 1


def test_order_of_texts_changes_neither_scores_nor_samples(model):
    other = NGram().fit(Records.of(TEXTS[::-1]))
    np.testing.assert_array_equal(other.score(TEXTS).log2_probabilities, model.score(TEXTS).log2_probabilities)
    assert other.generate(10) == model.generate(10)


def test_longer_contexts_predict_better():
    texts = [f"{a} {b} {a} {b} {a}" for a in "abcdefgh" for b in "ijklmn"]
    perplexities = [NGram(order=order).fit(Records.of(texts)).score(texts).perplexity for order in (1, 2, 3)]
    assert perplexities == sorted(perplexities, reverse=True)


def test_saved_and_loaded_model_gives_the_same_answers(model):
    loaded = NGram()
    load_state(loaded, *dump_state(model), resolve={}.__getitem__)
    assert loaded.generate(10) == model.generate(10)
    np.testing.assert_array_equal(loaded.score(TEXTS).log2_probabilities, model.score(TEXTS).log2_probabilities)


def test_runs_as_a_stage_and_applies_to_prompts():
    pipeline = Pipeline([Stage("text", NGram(n_samples=4))])
    assert len(pipeline.fit(Records.of(TEXTS, modality="text")).values["text"]) == 4
    made = pipeline.apply(Records.of(["the dog", "so"], modality="text")).values["text"]
    assert made[0].startswith("the dog")
    assert made[1].startswith("so")


def test_empty_texts_are_left_out_and_reported():
    problems = []
    with problems_to(problems.append):
        model = NGram().fit(Records.of(["", *TEXTS, " \n"]))
    assert [(problem.message, problem.rows) for problem in problems] == [("2 of 7 texts are empty and were left out", (0, 6))]
    assert model.generate(3) == NGram().fit(Records.of(TEXTS)).generate(3)


@pytest.mark.parametrize(
    ("fields", "texts", "message"),
    [
        ({}, ["", "  ", "\n"], "no text holds a word to learn from (got 3 texts)"),
        ({}, [], "no text holds a word to learn from (got 0 texts)"),
        ({"min_count": 9}, TEXTS, "no word is seen min_count=9 times (at most 6); lower min_count"),
        ({"min_count": 2, "level": "character"}, ["a"], "no character is seen min_count=2 times (at most 1); lower min_count"),
    ],
)
def test_a_corpus_without_a_token_is_refused(fields, texts, message):
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        NGram(**fields).fit(Records.of(texts))


@pytest.mark.parametrize("use", [lambda model: model.generate(1), lambda model: model.score(["a"])])
def test_use_before_fit_is_refused(use):
    with pytest.raises(NotFittedError, match=r"^NGram is not fitted yet, so it has no 'grams_'; call fit first$"):
        use(NGram())


def test_import_loads_no_heavy_library():
    code = "import sys, asterism.plugins.generate.ngram as m; sys.exit(bool({'pyarrow', 'scipy', 'sklearn'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
