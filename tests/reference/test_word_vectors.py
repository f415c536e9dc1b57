"""The encoders by word vectors on War and Peace and WikiText-2: people's judgement of which words are alike, beside gensim's vectors."""

import os
import re
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from gensim.models import Word2Vec as Peer
from scipy.stats import spearmanr

from asterism.framework import Records
from asterism.plugins.text.encoders.glove import GloVe
from asterism.plugins.text.encoders.word2vec import Word2Vec

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif("ASTERISM_DATA" not in os.environ, reason="ASTERISM_DATA names no folder of data sets"),
]

EQUAL = {"vector_size": 100, "window": 5, "min_count": 5, "negative": 5, "sample": 1e-3, "alpha": 0.025, "epochs": 3}
SEEDS_DIFFER = 0.03
"""How far apart two seeds of one implementation come out for 1,500 pairs of words, with room."""


@pytest.fixture(scope="module")
def texts():
    folder = Path(os.environ["ASTERISM_DATA"]) / "lm"
    novel = re.split(r"\n\s*\n", (folder / "war_and_peace/warandpeace.txt").read_text(encoding="utf-8-sig"))
    articles = [(folder / f"wikitext2/{part}.txt").read_text(encoding="utf-8").splitlines() for part in ("valid", "test")]
    return Records.of([text for text in chain(novel, *articles) if text.strip()])


def agreement(words, vectors, name="EN-MEN-TR-3k.txt"):
    """Correlate cosines with people's scores, for the pairs whose words are both known."""
    vector_of = dict(zip(words, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), strict=True))
    lines = (Path(os.environ["ASTERISM_DATA"]) / "lm/word_similarity" / name).read_text(encoding="utf-8").splitlines()
    pairs = [(one.lower(), other.lower(), float(score)) for one, other, score in map(str.split, lines)]
    known = [(float(vector_of[one] @ vector_of[other]), score) for one, other, score in pairs if one in vector_of and other in vector_of]
    return spearmanr(*zip(*known, strict=True)).statistic


@pytest.fixture(scope="module")
def word2vec(texts):
    return Word2Vec(**EQUAL).fit(texts)


def test_word2vec_agrees_with_people_as_gensim_does(texts, word2vec):
    peer = Peer(list(Word2Vec()._words_of(texts)), sg=1, workers=1, **EQUAL)
    assert set(peer.wv.index_to_key) == set(word2vec.words_)
    theirs = agreement(peer.wv.index_to_key, peer.wv.vectors)
    assert agreement(word2vec.words_, word2vec.vectors_) > theirs - SEEDS_DIFFER


def test_glove_agrees_with_people_as_word2vec_does(texts, word2vec):
    glove = GloVe().fit(texts)
    assert agreement(glove.words_, glove.vectors_) > agreement(word2vec.words_, word2vec.vectors_) - SEEDS_DIFFER
